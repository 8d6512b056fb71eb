"""Settings of a park in production. Everything that differs from site to site comes from the environment."""

import os

from deploy.settings.base import *  # noqa: F403

DEBUG = os.environ.get("TONGJIAN_DEBUG") == "1"  # the start-up guard refuses it
SECRET_KEY = os.environ.get("TONGJIAN_SECRET_KEY", "")
ALLOWED_HOSTS = [host for host in os.environ.get("TONGJIAN_HOSTS", "").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("TONGJIAN_ORIGINS", "").split(",") if origin]

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = os.environ.get("TONGJIAN_PLAIN_HTTP") != "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
WHITENOISE_USE_FINDERS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
GUARDED = True
# The code of a park stands where its processes may not write; compiled functions go to the folder of data.
os.environ.setdefault("NUMBA_CACHE_DIR", str(VAR_DIR / "compiled"))  # noqa: F405
