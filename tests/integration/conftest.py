"""Tests on real PostgreSQL and Valkey. Reference data is loaded once; each test runs in a transaction that is undone."""

from collections.abc import Iterator
from typing import Any

import pytest

from monitoring.series.services.partitions import forget_partitions


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("load_reference", verbosity=0)


@pytest.fixture(autouse=True)
def _months_are_looked_up_again(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that is undone takes the partitions it made with it."""
    forget_partitions()
    yield
    forget_partitions()


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """For tests whose threads or processes must see each other's rows: real commits, tidied away afterwards."""
    from django.core.management import call_command
    from django.db import connection

    call_command("load_reference", verbosity=0)
    yield
    with connection.cursor() as cursor:
        # Django empties only the tables that it manages.
        cursor.execute("TRUNCATE monitoring_submission, monitoring_observation, monitoring_rollup")
