// The park on a map: vector data of our own, no tiles, no glyph server. [data-map="address of GeoJSON"].
import { Map as ParkMap, Popup, NavigationControl, ScaleControl, LngLatBounds, setWorkerUrl } from "/static/vendor/maplibre/maplibre-gl.mjs";

if (typeof setWorkerUrl === "function") setWorkerUrl("/static/vendor/maplibre/maplibre-gl-worker.mjs");

const STATE = ["match", ["get", "state"], "ok", "#1d7f4e", "warn", "#c98a12", "bad", "#c5352c", "#7b8792"];
const FONT = ["Noto Sans Regular"];

function layers() {
  return [
    { id: "page", type: "background", paint: { "background-color": "#e9eef2" } },
    { id: "boundary", type: "fill", source: "park", filter: ["==", ["get", "layer"], "boundary"], paint: { "fill-color": "#f8fafb" } },
    { id: "boundary-line", type: "line", source: "park", filter: ["==", ["get", "layer"], "boundary"], paint: { "line-color": "#0b7a75", "line-width": 2, "line-dasharray": [4, 2] } },
    { id: "sites", type: "fill", source: "park", filter: ["==", ["get", "layer"], "site"], paint: { "fill-color": "#dfe7ec", "fill-outline-color": "#b7c4ce" } },
    { id: "pipes", type: "line", source: "park", filter: ["==", ["get", "layer"], "pipe"], paint: { "line-color": "#5b8fb9", "line-width": 1.5 } },
    { id: "stations", type: "circle", source: "park", filter: ["==", ["get", "layer"], "station"], paint: { "circle-radius": 7, "circle-color": "#ffffff", "circle-stroke-width": 3.5, "circle-stroke-color": STATE } },
    { id: "outlets", type: "circle", source: "park", filter: ["==", ["get", "layer"], "outlet"], paint: { "circle-radius": ["match", ["get", "state"], "bad", 7, "warn", 6, 4.5], "circle-color": STATE, "circle-stroke-width": 1, "circle-stroke-color": "#ffffff" } },
    { id: "names", type: "symbol", source: "park", filter: ["==", ["get", "layer"], "name"], minzoom: 12.5, layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11.5 }, paint: { "text-color": "#51606f", "text-halo-color": "#ffffff", "text-halo-width": 1.2 } },
    { id: "station-names", type: "symbol", source: "park", filter: ["==", ["get", "layer"], "station"], layout: { "text-field": ["get", "code"], "text-font": FONT, "text-size": 11, "text-offset": [0, 1.3] }, paint: { "text-color": "#1c2733", "text-halo-color": "#ffffff", "text-halo-width": 1.2 } },
  ];
}

function bounds(data) {
  const box = new LngLatBounds();
  const walk = (c) => (typeof c[0] === "number" ? box.extend(c) : c.forEach(walk));
  data.features.forEach((f) => f.geometry && walk(f.geometry.coordinates));
  return box;
}

function popupContent(feature) {
  const p = feature.properties;
  const box = document.createElement("div");
  const title = document.createElement(p.url ? "a" : "strong");
  title.textContent = `${p.code || ""} ${p.name || ""}`.trim();
  if (p.url) title.href = p.url;
  box.append(title);
  [p.owner, p.note].filter(Boolean).forEach((text) => { const line = document.createElement("div"); line.textContent = text; box.append(line); });
  return box;
}

async function draw(place) {
  const answer = await fetch(place.dataset.map, { headers: { Accept: "application/geo+json" } });
  if (!answer.ok) { place.textContent = place.dataset.error || answer.statusText; return; }
  const data = await answer.json();
  const map = new ParkMap({
    container: place, attributionControl: false, dragRotate: false, pitchWithRotate: false, maxZoom: 18, localIdeographFontFamily: getComputedStyle(document.body).fontFamily,
    style: { version: 8, sources: { park: { type: "geojson", data } }, layers: layers() },
  });
  place.map = map;
  const box = bounds(data);
  if (!box.isEmpty()) map.fitBounds(box, { padding: 24, animate: false, maxZoom: 16 });
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ maxWidth: 120 }), "bottom-left");
  for (const layer of ["outlets", "stations"]) {
    map.on("click", layer, (event) => new Popup({ closeButton: false }).setLngLat(event.lngLat).setDOMContent(popupContent(event.features[0])).addTo(map));
    map.on("mouseenter", layer, () => { map.getCanvas().classList.add("pointing"); });
    map.on("mouseleave", layer, () => { map.getCanvas().classList.remove("pointing"); });
  }
  map.on("load", () => place.setAttribute("data-drawn", "yes"));
  document.body.addEventListener("problems-changed", async () => {
    const fresh = await fetch(place.dataset.map, { headers: { Accept: "application/geo+json" } });
    if (fresh.ok) map.getSource("park").setData(await fresh.json());
  });
}

document.querySelectorAll("[data-map]").forEach(draw);
