from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path
from django.views.i18n import set_language

from parks.people.views import account, keys, members
from parks.portal import views as portal

urlpatterns: list[URLPattern | URLResolver] = [
    path("", account.overview, name="overview"),
    path("healthz", portal.healthz, name="healthz"),
    path("readyz", portal.readyz, name="readyz"),
    path("login/", account.sign_in, name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", set_language, name="set_language"),
    path("park/", account.choose_park, name="choose_park"),
    path("people/", members.people, name="people"),
    path("people/new/", members.person_new, name="person_new"),
    path("people/<int:user_id>/", members.person, name="person"),
    path("people/<int:user_id>/switch/", members.person_switch, name="person_switch"),
    path("people/<int:user_id>/roles/<int:membership_id>/remove/", members.role_remove, name="role_remove"),
    path("keys/", keys.keys, name="keys"),
    path("keys/new/", keys.key_new, name="key_new"),
    path("keys/<int:token_id>/revoke/", keys.key_revoke, name="key_revoke"),
    path("audit/", keys.audit_trail, name="audit"),
]
