"""The Celery application. Every wing with a `tasks.py` is named here."""

from celery import Celery

app = Celery("tongjian")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks([])
