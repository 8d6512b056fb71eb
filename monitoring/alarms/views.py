"""Problems: the map and figures of the overview, the list, the life of one."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy

from monitoring.alarms.domain import ProblemKind
from monitoring.alarms.selectors import figures_of, point_states, problem_of, problems_of
from parks.people.access import Viewer, scope_of, viewer_of
from parks.portal.pages import listed, whole
from parks.portal.registry import lobby
from parks.register.selectors.geojson import feature_collection

WORDS = {
    "problem.LIMIT_EXCEEDED": gettext_lazy("limit exceeded"),
    "problem.LOGGER_SILENT": gettext_lazy("logger silent"),
    "problem.VALUE_STUCK": gettext_lazy("value stuck"),
    "severity.NOTICE": gettext_lazy("notice"),
    "severity.WARNING": gettext_lazy("warning"),
    "severity.CRITICAL": gettext_lazy("critical"),
    "event.raised": gettext_lazy("raised"),
    "event.worse": gettext_lazy("worse"),
    "event.cleared": gettext_lazy("cleared"),
    "point_state.ok": gettext_lazy("in order"),
    "point_state.warn": gettext_lazy("needs attention"),
    "point_state.bad": gettext_lazy("limit exceeded"),
    "point_state.off": gettext_lazy("no data"),
}
NEWEST = 12


def problems_card(user: Any, park_id: int, now: datetime) -> dict[str, Any]:
    """Key figures and newest problems."""
    scope = scope_of(viewer=user)
    return {
        "figures": figures_of(scope=scope, park_id=park_id, now=now),
        "problems": list(problems_of(scope=scope, park_id=park_id)[:NEWEST]),
    }


@login_required
def overview_part(request: HttpRequest) -> HttpResponse:
    """Figures and newest problems again, when an open page hears that they changed."""
    viewer = viewer_of(request=request)
    card = problems_card(request.user, viewer.park_id, timezone.now())
    return render(request, "monitoring/alarms/overview_part.html", {"card": card})


@login_required
def map_data(request: HttpRequest) -> HttpResponse:
    """The register as GeoJSON with the state of each point."""
    viewer = viewer_of(request=request)
    now = timezone.now()
    document = feature_collection(scope=viewer.scope, park_id=viewer.park_id)
    states = point_states(scope=viewer.scope, park_id=viewer.park_id, now=now)
    english = (get_language() or "").startswith("en")
    names: dict[int, str] = {}
    more: list[dict[str, Any]] = []
    for feature in document["features"]:
        layer, p = feature["properties"]["layer"], feature["properties"]
        p["name"] = p["name_en"] if english and p.get("name_en") else p["name"]
        if layer == "site":
            names[p["id"]] = p["name"]
            if p["lon"] is not None:
                place = {"type": "Point", "coordinates": [p["lon"], p["lat"]]}
                more.append(
                    {"type": "Feature", "geometry": place, "properties": {"layer": "name", "name": short(p["name"])}}
                )
        elif layer in ("outlet", "station"):
            found = states.outlets if layer == "outlet" else states.stations
            p["state"] = found.get(p["id"], "off")
            p["note"] = str(WORDS[f"point_state.{p['state']}"])
            p["url"] = reverse(layer, args=[p["id"]])
            p["owner"] = names.get(p.get("enterprise") or 0, "")
    document["features"] += more
    return JsonResponse(document, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False})


def short(name: str) -> str:
    """The part of a company's name that tells it from others."""
    for tail in ("股份有限公司", "有限责任公司", "有限公司", " Co., Ltd.", " Co., Ltd"):
        name = name.removesuffix(tail)
    return name


@login_required
def problems(request: HttpRequest) -> HttpResponse:
    """Open problems, or all of them with when they were over."""
    viewer = viewer_of(request=request)
    kind, all_of_them = request.GET.get("kind", ""), request.GET.get("state") == "all"
    rows = problems_of(
        scope=viewer.scope, park_id=viewer.park_id, open_only=not all_of_them, kind=kind,
        enterprise_id=whole(request.GET.get("enterprise")),
    )  # fmt: skip
    context = {
        "page": listed(request=request, rows=rows), "kind": kind, "all": all_of_them,
        "kinds": [k.value for k in ProblemKind], "now": timezone.now(),
    }  # fmt: skip
    return render(request, "monitoring/alarms/problems.html", context)


@login_required
def problem(request: HttpRequest, problem_id: int) -> HttpResponse:
    """The life of one problem."""
    viewer = viewer_of(request=request)
    found = problem_of(scope=viewer.scope, problem_id=problem_id)
    held = [one.value for one in viewer.scope.by_park.get(found.park_id, ())]
    context = {
        "problem": found,
        "events": found.events.order_by("at", "pk"),
        "actions": lobby.actions_of("problem", capabilities=held, subject=found),
    }
    return render(request, "monitoring/alarms/problem.html", context)


def enterprise_panel(viewer: Viewer, enterprise_id: int, now: datetime) -> dict[str, Any]:
    """Open problems of an enterprise and those of the last week, for its page."""
    rows = problems_of(scope=viewer.scope, park_id=viewer.park_id, open_only=False, enterprise_id=enterprise_id).filter(
        raised_at__gte=now - timedelta(days=7)
    )
    return {"problems": list(rows[:20])}
