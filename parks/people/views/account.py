"""Logging in and out, choosing park and language, the overview."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from parks.catalogue.domain.errors import NotFound
from parks.people.access import PARK_KEY, scope_of, viewer_of
from parks.people.domain import LoadStep
from parks.people.selectors import first_load
from parks.portal.pages import whole
from parks.portal.registry import lobby

STEPS = {
    LoadStep.REGISTER: _("companies, outlets and loggers"),
    LoadStep.HISTORY: _("activity data of the companies, and hours and days of all loggers"),
    LoadStep.PROBLEMS: _("problems and incidents of the past"),
}
ask_for_password = LoginView.as_view(template_name="people/login.html", redirect_authenticated_user=True)


def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The form; while a park is loaded for the first time, how far that has come, because there are no accounts yet."""
    loading = first_load()
    if loading is None:
        return ask_for_password(request)
    steps = [{"words": words, "now": step == loading.step} for step, words in STEPS.items()]
    # A password is not even tried: five failures would lock the account that is about to be made.
    status = 503 if request.method == "POST" else 200
    answer = render(request, "people/loading.html", {"percent": loading.percent, "steps": steps}, status=status)
    add_never_cache_headers(answer)
    return answer


change_password = PasswordChangeView.as_view(template_name="people/password.html", success_url="/")


def locked_out(request: HttpRequest, credentials: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
    """After too many wrong passwords."""
    return render(request, "people/locked.html", status=429)


@require_POST
@login_required
def choose_park(request: HttpRequest) -> HttpResponse:
    """Look at another park of one's own."""
    park_id = whole(request.POST.get("park"))
    if park_id not in scope_of(viewer=request.user).all_park_ids:
        raise NotFound
    request.session[PARK_KEY] = park_id
    return HttpResponseRedirect("/")


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Cards of all wings, for the viewer's park."""
    viewer = viewer_of(request=request)
    now = timezone.now()
    cards = [
        {"template": card.template, **card.context(request.user, viewer.park_id, now)}
        for card in lobby.cards
        if not card.capability or card.capability in {c.value for c in viewer.scope.by_park.get(viewer.park_id, ())}
    ]
    return render(request, "portal/overview.html", {"cards": cards})
