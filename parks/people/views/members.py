"""Users and roles of a park."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from parks.catalogue.domain.errors import NotFound, PlatformError
from parks.people.access import viewer_of
from parks.people.domain import Capability, Role
from parks.people.selectors import enterprises_of_park, member_of, members_of
from parks.people.services import accounts
from parks.portal.pages import explain, listed, whole

WORDS = {
    "role.PARK_ADMIN": gettext_lazy("Park administrator"),
    "role.OFFICER": gettext_lazy("Environmental officer"),
    "role.REPORTER": gettext_lazy("Enterprise reporter"),
    "role.APPROVER": gettext_lazy("Enterprise approver"),
    "role.AUDITOR": gettext_lazy("Auditor or regulator"),
    "role.PUBLIC": gettext_lazy("Public"),
}


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[(r.value, WORDS[f"role.{r.value}"]) for r in Role])
    enterprise = forms.ChoiceField(label=gettext_lazy("Enterprise"), required=False)

    def __init__(self, *args: Any, park_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "—"), *((str(number), name) for number, name in enterprises_of_park(park_id=park_id))]
        self.fields["enterprise"].choices = choices  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, Any]:
        return {"role": Role(self.cleaned_data["role"]), "enterprise_id": whole(self.cleaned_data["enterprise"])}


class PersonForm(RoleForm):
    username = forms.CharField(label=gettext_lazy("User name"), max_length=150, min_length=3)
    display_name = forms.CharField(label=gettext_lazy("Name"), max_length=60, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    field_order = ["username", "display_name", "email", "role", "enterprise"]


@login_required
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with a role in the park."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_PEOPLE)
    found = listed(request=request, rows=members_of(park_id=viewer.park_id))
    return render(request, "people/people.html", {"people": found})


@login_required
def person_new(request: HttpRequest) -> HttpResponse:
    """A new user with a first role; the first password is shown once."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_PEOPLE)
    form = PersonForm(request.POST or None, park_id=viewer.park_id)
    if request.method == "POST" and form.is_valid():
        try:
            user, password = accounts.invite(
                by_id=request.user.pk, park_id=viewer.park_id, username=form.cleaned_data["username"],
                display_name=form.cleaned_data["display_name"], email=form.cleaned_data["email"], **form.chosen,
            )  # fmt: skip
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return render(request, "people/invited.html", {"person": user, "password": password})
    return render(request, "portal/form.html", {"form": form, "heading": _("New user"), "back": "people"})


@login_required
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One user: roles, on and off."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_PEOPLE)
    found = member_of(park_id=viewer.park_id, user_id=user_id)
    form = RoleForm(request.POST or None, park_id=viewer.park_id)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.add_membership(by_id=request.user.pk, user=found, park_id=viewer.park_id, **form.chosen)
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect("person", user_id=user_id)
    return render(request, "people/person.html", {"person": found, "form": form})


@require_POST
@login_required
def person_switch(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let a user log in, or not. Nobody switches themselves off."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_PEOPLE)
    found = member_of(park_id=viewer.park_id, user_id=user_id)
    if found.pk == request.user.pk:
        messages.error(request, _("You cannot switch off your own account."))
    else:
        accounts.set_active(by_id=request.user.pk, user_id=user_id, active=not found.is_active)
    return redirect("person", user_id=user_id)


@require_POST
@login_required
def person_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """Another password for somebody who lost theirs; shown once."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_PEOPLE)
    found = member_of(park_id=viewer.park_id, user_id=user_id)
    user, password = accounts.new_password(by_id=request.user.pk, user_id=found.pk)
    return render(request, "people/invited.html", {"person": user, "password": password})


@require_POST
@login_required
def role_remove(request: HttpRequest, user_id: int, membership_id: int) -> HttpResponse:
    """Take one role away."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_PEOPLE)
    found = member_of(park_id=viewer.park_id, user_id=user_id)
    if membership_id not in {held.pk for held in getattr(found, "held", ())}:
        raise NotFound
    accounts.remove_membership(by_id=request.user.pk, membership_id=membership_id)
    return redirect("people")
