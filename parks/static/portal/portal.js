// The shell: menu, clock, small form behaviours, charts and live values. No inline code and no evaluation anywhere.
"use strict";

const LANG = document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en-GB";
const ZONE = "Asia/Shanghai";

document.addEventListener("alpine:init", () => {
  window.Alpine.data("shell", () => ({
    open: false,
    toggle() { this.open = !this.open; },
    get sideClass() { return this.open ? "open" : ""; },
    get expanded() { return this.open ? "true" : "false"; },
  }));
  // A list whose rows are shown by a typed word; the server sent all of them.
  window.Alpine.data("disclosure", () => ({
    open: false,
    toggle() { this.open = !this.open; },
    get shown() { return this.open; },
  }));
});

const localTime = (ms, withDate) => new Intl.DateTimeFormat(LANG, {
  timeZone: ZONE, hour12: false, hour: "2-digit", minute: "2-digit",
  ...(withDate ? { month: "2-digit", day: "2-digit" } : {}),
}).format(ms);

const formatNumber = (value) => {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 || size === 0 ? 2 : 4;
  return value.toLocaleString(LANG, { minimumFractionDigits: digits, maximumFractionDigits: digits });
};

function startClock() {
  const place = document.querySelector("[data-clock]");
  if (!place) return;
  const form = new Intl.DateTimeFormat(LANG, { timeZone: ZONE, dateStyle: "medium", timeStyle: "medium", hour12: false });
  const tick = () => { place.textContent = form.format(Date.now()); };
  tick();
  setInterval(tick, 1000);
}

// Forms that are sent when a choice changes, and buttons that ask first.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Charts. A chart is <div class="chart" data-chart="id of a JSON script">; the JSON holds series, limits and marks.
const COLOURS = ["#0b7a75", "#24568f", "#b2571b", "#6c4a9e", "#4d7c0f", "#a83264", "#0e7490", "#7c6a0a"];
const FONT = getComputedStyle(document.documentElement).getPropertyValue("--font");

// The time axis of ECharts knows the browser's zone and UTC only: charts get times moved to the park's zone and read them as UTC.
const parkOffset = (ms) => {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).formatToParts(ms).map((p) => [p.type, p.value]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute) - Math.floor(ms / 60000) * 60000;
};
const toChart = (ms) => ms + parkOffset(ms);
const chartTime = (ms, form) => new Intl.DateTimeFormat(LANG, { timeZone: "UTC", hour12: false, ...form }).format(ms);
const CLOCK = { hour: "2-digit", minute: "2-digit" };
const DAY = { month: "2-digit", day: "2-digit" };
const UNITS = { "mg/m3": "mg/m³", "ug/m3": "μg/m³", "ng/m3": "ng/m³", "m3/s": "m³/s", "m3/h": "m³/h", degC: "℃", "ug/L": "μg/L", "uS/cm": "μS/cm" };

function moved(data) {
  const move = (points) => points.map(([t, ...rest]) => [toChart(t), ...rest]);
  return {
    ...data, from: data.from && toChart(data.from), to: data.to && toChart(data.to),
    series: data.series.map((s) => ({ ...s, unit: UNITS[s.unit] || s.unit, points: move(s.points) })),
    marks: (data.marks || []).map((m) => ({ ...m, from: toChart(m.from), to: toChart(m.to) })),
  };
}

function chartOptions(given) {
  const data = moved(given);
  const axes = [...new Set(data.series.map((s) => s.unit || ""))];
  return {
    animation: false,
    useUTC: true,
    color: COLOURS,
    textStyle: { fontFamily: FONT },
    grid: { left: 56, right: axes.length > 1 ? 56 : 18, top: data.series.length > 1 ? 62 : 34, bottom: data.zoom ? 56 : 28 },
    legend: { show: data.series.length > 1, top: 0, left: 0, type: "scroll", textStyle: { fontSize: 12 } },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "line" },
      formatter: (items) => [chartTime(items[0].value[0], { ...DAY, ...CLOCK }), ...items.map((i) => `${i.seriesName}  ${formatNumber(i.value[1])} ${data.series[i.seriesIndex]?.unit || ""}${i.value[2] ? "  " + i.value[2] : ""}`)].join("\n"),
    },
    dataZoom: data.zoom ? [{ type: "inside" }, { type: "slider", height: 18, bottom: 8 }] : [],
    xAxis: { type: "time", min: data.from, max: data.to, axisLabel: { hideOverlap: true, formatter: (v) => (v % 86400000 === 0 ? chartTime(v, DAY) : chartTime(v, CLOCK)) } },
    yAxis: axes.slice(0, 2).map((unit, n) => ({ type: "value", name: unit, nameTextStyle: { align: n ? "right" : "left", color: "#51606f" }, scale: !data.zero, splitLine: { show: n === 0, lineStyle: { color: "#edf1f4" } } })),
    series: data.series.map((s, n) => ({
      name: s.name, type: s.kind || "line", step: s.step || false, showSymbol: s.points.length < 2, symbolSize: 5, connectNulls: false, sampling: s.points.length > 2000 ? "lttb" : undefined,
      yAxisIndex: Math.min(axes.indexOf(s.unit || ""), 1), lineStyle: { width: 1.6, type: s.dash ? "dashed" : "solid" }, data: s.points,
      markLine: n === 0 && data.limits?.length ? { symbol: "none", silent: true, lineStyle: { color: "#b3261e", type: "dashed" }, label: { formatter: (p) => p.name, position: "insideEndTop", color: "#b3261e" }, data: data.limits.map((l) => ({ yAxis: l.value, name: l.label })) } : undefined,
      markArea: n === 0 && data.marks?.length ? { silent: true, itemStyle: { color: "rgba(102,114,126,.14)" }, data: data.marks.map((m) => [{ xAxis: m.from, name: m.label }, { xAxis: m.to }]) } : undefined,
    })),
  };
}

// A plan: cells of ground as large as they are, both axes to one scale so that directions and distances are true.
const PLAN = { left: 62, right: 16, top: 44, bottom: 46, most: 560 };
const planHeight = ({ options }, place) => {
  const shape = (options.yAxis.max - options.yAxis.min) / (options.xAxis.max - options.xAxis.min);
  return Math.min(PLAN.most, (place.clientWidth - PLAN.left - PLAN.right) * shape + PLAN.top + PLAN.bottom);
};
function planGrid({ options }, place) {
  const { left, right, top, bottom } = PLAN;
  const [wide, high] = [options.xAxis.max - options.xAxis.min, options.yAxis.max - options.yAxis.min];
  const scale = Math.min((place.clientWidth - left - right) / wide, (place.clientHeight - top - bottom) / high);
  const spare = place.clientWidth - left - right - wide * scale;
  return { left: left + spare / 2, top, width: wide * scale, height: high * scale };
}
function planCell(cell, step) {
  return (_params, api) => {
    const [x, y] = api.coord([api.value(0) - step / 2, api.value(1) + step / 2]);
    const [width, height] = api.size([step, step]).map(Math.ceil);
    const square = { type: "rect", shape: { x, y, width, height }, style: { fill: cell.colour, opacity: 0.85 } };
    if (!cell.mark) return square;
    const line = (y1, y2) => ({ type: "line", shape: { x1: x + 2, y1, x2: x + width - 2, y2 }, style: { stroke: "#7b8792", lineWidth: 1 } });
    return { type: "group", children: [square, line(y + 2, y + height - 2), line(y + height - 2, y + 2)] };
  };
}
function planOptions(data, place) {
  const { step, unit, cells } = data.plan;
  const drawn = cells.map((cell) => ({
    name: cell.name, type: "custom", clip: true, z: 1, color: cell.mark ? "#7b8792" : cell.colour, data: cell.data, renderItem: planCell(cell, step), encode: { x: 0, y: 1 },
    tooltip: { formatter: (item) => (item.value.length > 2 ? `${formatNumber(item.value[2])} ${unit}` : cell.name) },
  }));
  return { ...data.options, grid: planGrid(data, place), textStyle: { fontFamily: FONT }, series: [...drawn, ...data.options.series] };
}

// A plan with data-picks="id of a form" puts the cell that was clicked into the form's east and north, asks it, and marks the cell.
function startPicking(place, chart, data) {
  const form = document.getElementById(place.dataset.picks);
  const centres = data.plan.cells.flatMap((cell) => cell.data);
  const field = (name) => form.elements.namedItem(name);
  const nearest = (x, y) => centres.reduce((best, c) => (Math.hypot(c[0] - x, c[1] - y) < Math.hypot(best[0] - x, best[1] - y) ? c : best));
  const mark = () => {
    const at = [field("east").valueAsNumber, field("north").valueAsNumber];
    const cell = at.some(Number.isNaN) ? [] : [nearest(...at)];
    const size = Math.max(chart.convertToPixel({ xAxisIndex: 0 }, data.plan.step) - chart.convertToPixel({ xAxisIndex: 0 }, 0), 8);
    chart.setOption({ series: [{ id: "pick", type: "scatter", symbol: "rect", symbolSize: size, z: 6, silent: true, data: cell, itemStyle: { color: "transparent", borderColor: "#1c2733", borderWidth: 3 } }] });
  };
  form.addEventListener("input", mark);
  chart.getZr().on("click", (event) => {
    const at = [event.offsetX, event.offsetY];
    if (!chart.containPixel("grid", at)) return;
    const cell = nearest(...chart.convertFromPixel("grid", at));
    field("east").value = cell[0];
    field("north").value = cell[1];
    mark();
    form.requestSubmit();
  });
}

function drawCharts(root) {
  if (!window.echarts) return;
  root.querySelectorAll("[data-chart]").forEach((place) => {
    const data = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    if (data.plan) place.style.height = `${planHeight(data, place)}px`;
    const chart = window.echarts.getInstanceByDom(place) || window.echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(data.plan ? planOptions(data, place) : data.options || chartOptions(data), true);
    if (place.chart) return;
    place.chart = chart;
    if (place.dataset.picks) startPicking(place, chart, data);
    new ResizeObserver(() => { chart.resize(); if (data.plan) chart.setOption({ grid: planGrid(data, place) }); }).observe(place);
  });
}

// Live values. An element [data-channel="7"] shows the newest value of channel 7; [data-channel-time] its time;
// a chart with data-live-channel="7" gets the new point.
function startLive() {
  const source = document.body.querySelector("[data-live]");
  if (!source) return;
  const mark = document.querySelector("[data-live-state]");
  const show = (kind, text) => { if (mark) { mark.className = `state state-${kind}`; mark.textContent = text; } };
  const stream = new EventSource(source.dataset.live);
  stream.onopen = () => show("ok", mark?.dataset.on || "");
  stream.onerror = () => show("warn", mark?.dataset.off || "");
  stream.addEventListener("values", (event) => JSON.parse(event.data).forEach(showValue));
  stream.addEventListener("problems", () => document.body.dispatchEvent(new CustomEvent("problems-changed")));
  window.addEventListener("pagehide", () => stream.close());
}

function showValue(item) {
  document.querySelectorAll(`[data-channel="${item.channel}"]`).forEach((place) => {
    if (place.dataset.interval && Number(place.dataset.interval) !== item.interval) return;
    place.textContent = formatNumber(item.value);
    place.classList.remove("fresh");
    void place.offsetWidth;
    place.classList.add("fresh");
  });
  document.querySelectorAll(`[data-channel-time="${item.channel}"]`).forEach((place) => { place.textContent = localTime(item.time, true); });
  document.querySelectorAll(`[data-live-channel="${item.channel}"]`).forEach((place) => {
    if (!place.chart || Number(place.dataset.interval || 0) !== item.interval) return;
    const series = place.chart.getOption().series;
    const points = series[0].data;
    const at = toChart(item.time);
    if (points.length && points[points.length - 1][0] >= at) return;
    points.push([at, item.value]);
    place.chart.setOption({ series: [{ data: points }], xAxis: { max: at } });
  });
}

document.addEventListener("DOMContentLoaded", () => { startClock(); drawCharts(document); startLive(); });
document.addEventListener("htmx:afterSwap", (event) => drawCharts(event.target));
document.addEventListener("htmx:oobAfterSwap", (event) => drawCharts(event.detail.target));
