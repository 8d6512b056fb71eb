import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings.dev")
application = get_asgi_application()

from deploy.guard import refuse_unsafe  # noqa: E402  (settings must be loaded first)

refuse_unsafe()
