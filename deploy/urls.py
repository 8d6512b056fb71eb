from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("parks.urls")),
    path("", include("monitoring.urls")),
    path("", include("accounting.urls")),
]
