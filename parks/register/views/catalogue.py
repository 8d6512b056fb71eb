"""The catalogue: what can be measured, and what the standards allow, each with source and status."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from parks.catalogue.selectors import limit_rows, media, pollutants
from parks.portal.pages import listed

WORDS = {
    "status.OFFICIAL": _("official"),
    "status.SECONDARY": _("secondary source"),
    "status.UNVERIFIED": _("unverified"),
    "area.GENERAL": _("general"),
    "area.SPECIAL": _("special limits"),
    "period.HOUR": _("hour mean"),
    "period.DAY": _("day mean"),
    "period.MONTH": _("month mean"),
    "period.INSTANT": _("any value"),
    "period.TEST": _("test mean"),
    "period.MIN5": _("5-minute mean"),
    "medium.INSTRUMENT": _("instrument"),
    "medium.WEATHER": _("weather"),
}
PER_PAGE = 100


@login_required
def catalogue(request: HttpRequest) -> HttpResponse:
    """Factors of HJ 212."""
    word, medium = request.GET.get("word", "").strip(), request.GET.get("medium", "")
    page = listed(request=request, rows=pollutants(word=word, medium=medium), per_page=PER_PAGE)
    return render(
        request, "catalogue/pollutants.html", {"page": page, "word": word, "medium": medium, "media": media()}
    )


@login_required
def limits(request: HttpRequest) -> HttpResponse:
    """Limits of the standards."""
    word = request.GET.get("word", "").strip()
    page = listed(request=request, rows=limit_rows(word=word), per_page=PER_PAGE)
    return render(request, "catalogue/limits.html", {"page": page, "word": word})
