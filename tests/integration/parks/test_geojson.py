"""GeoJSON out of the register and into it."""

import copy
import json
from datetime import UTC, datetime
from math import cos, hypot, radians
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from parks.people.access import build_scope
from parks.people.domain import Role
from parks.people.models import AuditEntry
from parks.register.domain.geojson import NotGeoJson
from parks.register.models import Enterprise, Outlet, Park, Pipe, PipeNode, Station
from parks.register.selectors.geojson import feature_collection
from parks.register.services.geojson import Outcome, import_features
from tests.factories.people import make_user
from tests.factories.register import credit_code, make_enterprise, make_outlet, make_park, make_station

pytestmark = pytest.mark.django_db
SQUARE = {"type": "Polygon", "coordinates": [[[121.3, 30.7], [121.4, 30.7], [121.4, 30.8], [121.3, 30.7]]]}
TABLES = (Park, Enterprise, Outlet, Station, PipeNode, Pipe)


def furnished_park() -> Park:
    """A park with one of everything."""
    park = make_park(boundary=SQUARE)
    enterprise = make_enterprise(park=park, lon=121.31, lat=30.71, site=SQUARE, name_en="One Co.")
    make_enterprise(park=park, lon=121.35, lat=30.75)
    outlet = make_outlet(
        enterprise=enterprise, lon=121.312, lat=30.712, stack_height_m=45.0, diameter_m=1.2, is_active=False
    )
    outlet.handled.set(["a25002", "a25003"])
    make_outlet(enterprise=enterprise, medium="WATER")
    make_station(park=park, lon=121.3, lat=30.7, kind="FENCE", height_m=4.0)
    make_station(park=park, enterprise=enterprise)
    start = PipeNode.objects.create(
        park=park, code="N1", kind="INLET", outlet=outlet, lon=121.31, lat=30.7, invert_m=-1.6
    )
    end = PipeNode.objects.create(park=park, code="N2", lon=121.32, lat=30.7)
    Pipe.objects.create(park=park, code="P1", start=start, end=end, length_m=956.2, diameter_m=0.3, slope=0.0015)
    return park


def exported(park: Park) -> Any:
    officer = make_user(role=Role.OFFICER, park=park)
    return json.loads(json.dumps(feature_collection(scope=build_scope(user_id=officer.pk), park_id=park.pk)))


def taken(park: Park, *features: Any, now: datetime, datum: str = "WGS84", by_id: int | None = None) -> Outcome:
    document = {"type": "FeatureCollection", "features": list(features)}
    return import_features(park_id=park.pk, document=document, by_id=by_id, now=now, datum=datum)


def feature(layer: str, geometry: Any = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": {"layer": layer, **properties}}


def at(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def test_export_taken_in_again_changes_nothing(now: datetime) -> None:
    park = furnished_park()
    document = exported(park)
    rows = [list(model.objects.order_by("pk").values()) for model in TABLES]
    entries = AuditEntry.objects.count()

    outcome = taken(park, *document["features"], now=now)

    assert (outcome.created, outcome.updated, outcome.same, outcome.refused) == (0, 0, len(document["features"]), [])
    assert [list(model.objects.order_by("pk").values()) for model in TABLES] == rows
    assert AuditEntry.objects.count() == entries


def test_export_makes_the_same_park_elsewhere(now: datetime) -> None:
    document = exported(furnished_park())
    elsewhere = make_park()

    outcome = taken(elsewhere, *document["features"], now=now)
    second = exported(elsewhere)

    # the boundary changes the park that is there; everything else is new
    assert (outcome.updated, outcome.created, outcome.refused) == (1, len(document["features"]) - 1, [])
    for one in (document, second):
        for row in one["features"]:
            row.pop("id")
            for name in ("id", "enterprise"):
                row["properties"].pop(name, None)
            if row["properties"]["layer"] == "boundary":
                for name in ("code", "name", "name_en"):
                    row["properties"].pop(name)
    assert second == document


def test_gcj02_positions_are_moved_with_a_notice(now: datetime) -> None:
    park = make_park()

    # Tiananmen, example of the public eviltransform library: GCJ-02 39.91010, 116.40374 is WGS 84 39.9087, 116.3975
    outcome = taken(
        park, feature("station", at(116.40374, 39.91010), code="S1", name="站", kind="AMBIENT"), now=now, datum="GCJ02"
    )

    station = Station.objects.get(park=park)
    assert (station.lon, station.lat) == (pytest.approx(116.3975, abs=2e-5), pytest.approx(39.9087, abs=2e-5))
    moved_m = hypot((station.lon - 116.40374) * cos(radians(39.91)), station.lat - 39.91010) * 111_195
    assert 300 < moved_m < 800
    assert len(outcome.notices) == 1
    assert "GCJ-02" in outcome.notices[0]


@pytest.mark.parametrize("datum", ["WGS84", "CGCS2000"])
def test_plain_positions_stay_without_a_notice(datum: str, now: datetime) -> None:
    outcome = taken(
        make_park(), feature("station", at(116.4, 39.9), code="S1", name="站", kind="FENCE"), now=now, datum=datum
    )

    assert (Station.objects.get().lon, outcome.notices) == (116.4, [])


GOOD = {"code": "S1", "name": "站", "kind": "AMBIENT"}


@pytest.mark.parametrize(
    ("bad", "field", "value"),
    [
        (feature("site", uscc="91310000000000000X", name="错码公司", industry_code="2614"), "uscc", "91310000000000000X"),
        (feature("outlet", uscc=credit_code(99_999), code="DA001", name="x", kind="AIR"), "uscc", credit_code(99_999)),
        (feature("station", at(500.0, 30.0), **GOOD), "coordinates", "500.0"),
        (feature("station", at(10**400, 30.0), **GOOD), "coordinates", "1" + "0" * 119),
        (feature("station", {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, **GOOD), "geometry", "LineString"),
        (feature("boundary", {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6], [7, 8]]]}), "geometry", "4"),
        (feature("station", code="S2", name="站", kind="MOON"), "kind", "MOON"),
        (feature("station", code="S2", name="站", kind="FENCE", height_m="high"), "height_m", "high"),
        (feature("station", code="S2", name="站", kind="FENCE", height_m=10**400), "height_m", "1" + "0" * 119),
        (feature("station", code="S2", name="\ud800", kind="FENCE"), "name", "'\\ud800'"),
        (feature("station", code="S2", name="a\0b", kind="FENCE"), "name", "'a\\x00b'"),
        (feature("station", name="站", kind="FENCE"), "code", "None"),
        (feature("pipe", code="P1", start="N1", end="nowhere", length_m=5), "start", "N1"),
        (feature("cloud", code="C1"), "layer", "cloud"),
        ({"type": "Feature", "properties": None}, "properties", "None"),
        ("no feature", "type", "no feature"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)  # fmt: skip
def test_refused_feature_is_named_and_the_others_are_kept(bad: Any, field: str, value: str, now: datetime) -> None:
    park = make_park()

    outcome = taken(
        park,
        feature("station", at(121.3, 30.7), **GOOD | {"code": "A"}),
        bad,
        feature("station", **GOOD | {"code": "B"}),
        now=now,
    )

    (refused,) = outcome.refused
    assert (refused.feature, refused.field, refused.value) == (2, field, value)
    assert refused.rule
    assert set(Station.objects.filter(park=park).values_list("code", flat=True)) == {"A", "B"}
    assert outcome.created == 2


def test_features_may_refer_to_others_that_come_later_in_the_file(now: datetime) -> None:
    park, uscc = make_park(), credit_code(4711)

    outcome = taken(
        park,
        feature("pipe", {"type": "LineString", "coordinates": [[121.30, 30.7], [121.31, 30.7]]}, code="P1", start="N1", end="N2"),
        feature("node", at(121.30, 30.7), code="N1", kind="INLET", uscc=uscc, outlet="DW001"),
        feature("node", at(121.31, 30.7), code="N2", kind="MANHOLE"),
        feature("outlet", uscc=uscc, code="DW001", name="总排口", kind="WATER"),
        feature("site", SQUARE, uscc=uscc, name="公司", industry_code="2614"),
        now=now,
    )  # fmt: skip

    assert (outcome.created, outcome.refused) == (5, [])
    # one hundredth of a degree of longitude at 30.7 degrees north: 0.01 x 111,195 m x cos 30.7
    assert Pipe.objects.get().length_m == pytest.approx(0.01 * 111_195 * cos(radians(30.7)), rel=1e-3)


def test_properties_that_a_feature_does_not_name_stay(now: datetime) -> None:
    park = furnished_park()
    outlet = Outlet.objects.get(enterprise__park=park, medium="AIR")

    taken(park, feature("outlet", at(121.4, 30.8), uscc=outlet.enterprise.uscc, code=outlet.code), now=now)

    outlet.refresh_from_db()
    assert (outlet.lon, outlet.stack_height_m, outlet.is_active) == (121.4, 45.0, False)


@pytest.mark.parametrize(
    "document",
    [None, [], {"type": "Feature"}, {"type": "FeatureCollection"}, {"type": "FeatureCollection", "features": {}}],
)
def test_document_that_is_no_collection_is_refused_as_a_whole(document: object, now: datetime) -> None:
    with pytest.raises(NotGeoJson):
        import_features(park_id=make_park().pk, document=document, by_id=None, now=now)


def test_import_carries_its_author_with_before_and_after(now: datetime) -> None:
    park = furnished_park()
    officer = make_user(role=Role.OFFICER, park=park)
    station = Station.objects.filter(park=park, kind="FENCE").get()
    changed = copy.deepcopy(next(f for f in exported(park)["features"] if f["id"] == f"station-{station.pk}"))
    changed["properties"]["name"] = "新名"

    outcome = taken(park, changed, now=now, by_id=officer.pk)

    entry = AuditEntry.objects.order_by("-pk")[0]
    assert outcome.updated == 1
    assert (entry.actor_id, entry.action, entry.row_key) == (officer.pk, "station.update", str(station.pk))
    assert (entry.before["name"], entry.after["name"]) == (station.name, "新名")


def test_import_page_names_refused_features_and_the_datum(client: Any) -> None:
    park = make_park()
    client.force_login(make_user(role=Role.OFFICER, park=park), backend="django.contrib.auth.backends.ModelBackend")
    features = [feature("station", at(116.4, 39.9), **GOOD), feature("cloud", code="C1")]
    file = SimpleUploadedFile("x.geojson", json.dumps({"type": "FeatureCollection", "features": features}).encode())

    page = client.post(reverse("register_import"), {"document": file, "datum": "GCJ02"}).content.decode()

    assert "cloud" in page
    assert "layer" in page
    assert "GCJ-02" in page
    assert Station.objects.filter(park=park).count() == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff\xfe\x00", b'{"type": NaN}'])
def test_file_that_is_no_geojson_is_explained_on_the_form(client: Any, body: bytes) -> None:
    client.force_login(
        make_user(role=Role.OFFICER, park=make_park()), backend="django.contrib.auth.backends.ModelBackend"
    )

    answer = client.post(
        reverse("register_import"), {"document": SimpleUploadedFile("x.geojson", body), "datum": "WGS84"}
    )

    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_what_an_outlet_may_emit_is_imported_and_left_alone_where_it_is_not_said() -> None:
    outlet = make_outlet(medium="AIR", lon=121.31, lat=30.71)

    def imported(**properties: Any) -> Outcome:
        feature = {
            "type": "Feature", "geometry": {"type": "Point", "coordinates": [121.31, 30.71]},
            "properties": {"layer": "outlet", "uscc": outlet.enterprise.uscc, "code": outlet.code, **properties},
        }  # fmt: skip
        document = {"type": "FeatureCollection", "features": [feature]}
        return import_features(park_id=outlet.enterprise.park_id, document=document, by_id=None, now=datetime.now(UTC))

    said = imported(handled=["a25002"])
    again = imported(handled=["a25002"])
    silent = imported()
    wrong = [imported(handled=bad).refused[0] for bad in (["w01018"], "a25002", [1])]

    assert (said.updated, again.same, silent.same) == (1, 1, 1)
    assert {one.field for one in wrong} == {"handled"}
    assert list(outlet.handled.values_list("pk", flat=True)) == ["a25002"]
