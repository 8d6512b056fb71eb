"""Telling those who would like to log in how far the first load has come."""

from django.db import connection

from parks.people.domain import Loading


def tell(*, loading: Loading) -> None:
    """Have this session carry the state of the load as its name, visible at once and without a commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('application_name', %s, false)", [loading.name])
