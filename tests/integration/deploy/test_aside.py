"""A part of the load in a session of its own: its rows come with the order to commit, or not at all."""

import time
from collections.abc import Callable

import pytest
from django.db import connection

from deploy.demo.aside import Aside, Failed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page() -> str:
    """A table that two sessions see."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS aside_page (line text)")
        cursor.execute("TRUNCATE aside_page")
    return "aside_page"


def lines(page: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT line FROM {page} ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def writing(page: str) -> Callable[[Callable[[float], None]], int]:
    def work(tell: Callable[[float], None]) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {page} VALUES ('written aside')")
        tell(0.5)
        return 7

    return work


def test_what_was_written_is_there_once_it_is_finished(page: str) -> None:
    shares: list[float] = []

    with Aside(writing(page)) as aside:
        before = lines(page)
        result = aside.finish(shares.append)

    assert (before, result, lines(page)) == ([], 7, ["written aside"])
    assert shares == [0.5, 1.0]


def test_nothing_is_there_when_it_is_left_unfinished(page: str) -> None:
    with Aside(writing(page)) as aside:
        while aside.progress() < 1.0:
            time.sleep(0.01)

    assert lines(page) == []


def test_an_error_is_told_and_nothing_is_there(page: str) -> None:
    def work(tell: Callable[[float], None]) -> None:
        writing(page)(tell)
        raise ValueError("no room")

    with pytest.raises(Failed, match="ValueError: no room"), Aside(work) as aside:
        aside.finish(lambda share: None)

    assert lines(page) == []


def test_the_session_of_the_parent_goes_on(page: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()

    with Aside(writing(page)) as aside:
        aside.finish(lambda share: None)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() == own
