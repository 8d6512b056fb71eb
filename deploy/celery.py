"""The Celery application. Every wing with a `tasks.py` is named here."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init

from deploy.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings.dev")

app = Celery("tongjian")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks(
    [
        "monitoring.intake",
        "monitoring.series",
        "monitoring.alarms",
        "monitoring.tracing",
        "accounting.activity",
        "accounting.carbon",
        "accounting.reports",
    ]
)


@worker_init.connect
@beat_init.connect
def refuse(**_: object) -> None:
    from deploy.guard import refuse_unsafe

    refuse_unsafe()
