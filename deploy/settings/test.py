"""Settings of the tests."""

from deploy.settings.dev import *  # noqa: F403

DEBUG = False
ALLOWED_HOSTS = ["*"]
SECRET_KEY = "only-for-tests-" + "x" * 40
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A tried log-in of one test must not lock the next one out.
AXES_ENABLED = False
