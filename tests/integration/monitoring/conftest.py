"""One traced incident for each file of tests that asks for it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from monitoring.tracing.models import Trace
from monitoring.tracing.services.runs import ask_for_trace
from monitoring.tracing.tasks import traces_due
from tests.integration.monitoring.scene import START, Scene


@pytest.fixture(scope="module")
def answered(django_db_setup: Any, django_db_blocker: Any) -> Any:
    """One scene, traced once; its rows are taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        scene = Scene()
        incident = scene.opened()
        row = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=START + timedelta(hours=8))
        traces_due()
        yield scene, incident, Trace.objects.get(pk=row.pk)
        transaction.set_rollback(True)
