from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path
from django.views.i18n import set_language

from parks.people.views import account, keys, members
from parks.permits import views as permits
from parks.portal import views as portal
from parks.register.views import catalogue, enterprises, geo, places

urlpatterns: list[URLPattern | URLResolver] = [
    path("", account.overview, name="overview"),
    path("healthz", portal.healthz, name="healthz"),
    path("readyz", portal.readyz, name="readyz"),
    path("login/", account.sign_in, name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", account.change_password, name="change_password"),
    path("language/", set_language, name="set_language"),
    path("park/", account.choose_park, name="choose_park"),
    path("people/", members.people, name="people"),
    path("people/new/", members.person_new, name="person_new"),
    path("people/<int:user_id>/", members.person, name="person"),
    path("people/<int:user_id>/switch/", members.person_switch, name="person_switch"),
    path("people/<int:user_id>/password/", members.person_password, name="person_password"),
    path("people/<int:user_id>/roles/<int:membership_id>/remove/", members.role_remove, name="role_remove"),
    path("keys/", keys.keys, name="keys"),
    path("keys/new/", keys.key_new, name="key_new"),
    path("keys/<int:token_id>/revoke/", keys.key_revoke, name="key_revoke"),
    path("audit/", keys.audit_trail, name="audit"),
    path("enterprises/", enterprises.enterprises, name="enterprises"),
    path("enterprises/new/", enterprises.enterprise_new, name="enterprise_new"),
    path("enterprises/<int:enterprise_id>/", enterprises.enterprise, name="enterprise"),
    path("enterprises/<int:enterprise_id>/edit/", enterprises.enterprise_edit, name="enterprise_edit"),
    path("enterprises/<int:enterprise_id>/units/new/", enterprises.unit_new, name="unit_new"),
    path("enterprises/<int:enterprise_id>/outlets/new/", places.outlet_new, name="outlet_new"),
    path("outlets/", places.outlets, name="outlets"),
    path("outlets/<int:outlet_id>/", places.outlet, name="outlet"),
    path("outlets/<int:outlet_id>/edit/", places.outlet_edit, name="outlet_edit"),
    path("stations/new/", places.station_new, name="station_new"),
    path("stations/<int:station_id>/", places.station, name="station"),
    path("stations/<int:station_id>/edit/", places.station_edit, name="station_edit"),
    path("loggers/new/", places.logger_new, name="logger_new"),
    path("loggers/<int:logger_id>/edit/", places.logger_edit, name="logger_edit"),
    path("register/export.geojson", geo.register_export, name="register_export"),
    path("register/import/", geo.register_import, name="register_import"),
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/limits/", catalogue.limits, name="limits"),
    path("permits/", permits.permits, name="permits"),
    path("permits/new/", permits.permit_new, name="permit_new"),
    path("permits/special/new/", permits.special_new, name="special_new"),
    path("permits/<int:permit_id>/", permits.permit, name="permit"),
    path("permits/<int:permit_id>/limits/new/", permits.limit_new, name="limit_new"),
    path("permits/<int:permit_id>/quotas/new/", permits.quota_new, name="quota_new"),
]
