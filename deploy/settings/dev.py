"""Settings of `manage.py up`: one machine, loopback, demonstration or first real park."""

from deploy.settings.base import *  # noqa: F403

SECRET_KEY = "development-only-not-for-production"  # noqa: S105
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
