"""Logging in, being locked out, waiting for the first load, choosing a language, and the pages that say no."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from parks.people.domain import Loading, LoadStep, Role
from parks.people.services import loading as told
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_park

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def guarded(settings: Any) -> None:
    """Failed log-ins count, as they do outside the tests."""
    settings.AXES_ENABLED = True
    cache.clear()


def log_in(client: Client, username: str, password: str) -> Any:
    return client.post(reverse("login"), {"username": username, "password": password})


def test_right_password_leads_to_the_overview(client: Client, guarded: None) -> None:
    user = make_user(role=Role.OFFICER)

    answer = log_in(client, user.username, PASSWORD)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/").status_code == 200


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(client: Client, guarded: None) -> None:
    user = make_user(role=Role.OFFICER)

    answers = [log_in(client, user.username, "wrong").status_code for _ in range(5)]
    right = log_in(client, user.username, PASSWORD)

    assert answers[:4] == [200, 200, 200, 200]
    assert (answers[4], right.status_code) == (429, 429)
    assert "15" in right.content.decode()
    assert "_auth_user_id" not in client.session


def test_lock_of_one_account_does_not_lock_another(client: Client, guarded: None) -> None:
    user, colleague = make_user(), make_user(role=Role.OFFICER)
    for _ in range(5):
        log_in(client, user.username, "wrong")

    assert log_in(client, colleague.username, PASSWORD).status_code == 302


def test_success_forgets_earlier_failures(client: Client, guarded: None) -> None:
    user = make_user(role=Role.OFFICER)
    for _ in range(3):
        for _ in range(4):
            log_in(client, user.username, "wrong")
        assert log_in(client, user.username, PASSWORD).status_code == 302
        client.logout()


def test_unknown_and_known_names_get_the_same_answers(guarded: None) -> None:
    """Nobody finds out by trying which accounts exist, locked ones included."""
    known, unknown, idle = make_user(username="known"), "never", make_user(username="idle0", is_active=False)

    def answers(name: str, password: str) -> list[tuple[int, str]]:
        client = Client()
        told = []
        for _ in range(6):
            answer = log_in(client, name, password)
            text = answer.content.decode().replace(f'value="{name}"', "")
            told.append((answer.status_code, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)))
        return told

    refused = answers(known.username, "wrong")
    assert refused == answers(unknown, "wrong") == answers(idle.username, PASSWORD)
    assert [status for status, _ in refused] == [200] * 4 + [429] * 2


@contextmanager
def being_loaded(monkeypatch: pytest.MonkeyPatch, loading: Loading) -> Iterator[None]:
    """Another session loads a park, and then ends."""
    other = connection.copy()
    with monkeypatch.context() as patched:
        patched.setattr(told, "connection", other)
        told.tell(loading=loading)
    connection.cursor().execute("SELECT pg_stat_clear_snapshot()")  # kept within a transaction, as that of a test
    yield
    other.close()
    end = time.monotonic() + 10
    while time.monotonic() < end and sessions_loading():
        time.sleep(0.02)


def sessions_loading() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'tongjian loading%%'")
        return int(cursor.fetchone()[0])


def test_log_in_page_says_how_far_the_first_load_has_come_and_then_shows_the_form(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with being_loaded(monkeypatch, Loading(42, LoadStep.HISTORY)):
        page = client.get(reverse("login")).content.decode()
        english = client.get(reverse("login"), headers={"Accept-Language": "en"}).content.decode()
    after = client.get(reverse("login")).content.decode()

    assert 'value="42"' in page
    assert 'http-equiv="refresh"' in page
    assert 'name="password"' not in page
    assert re.search(r'aria-current="step">[^<]*历史', page)
    assert re.search(r'aria-current="step">activity data of the companies', english)
    assert 'name="password"' in after
    assert "refresh" not in after


def test_tries_while_the_park_is_loaded_are_told_so_and_lock_nobody_out(
    client: Client, guarded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with being_loaded(monkeypatch, Loading(90, LoadStep.PROBLEMS)):
        answers = [log_in(client, "admin", "anything") for _ in range(6)]
    make_user(username="admin", role=Role.OFFICER)

    assert {answer.status_code for answer in answers} == {503}
    assert "密码并未校验" in answers[0].content.decode()
    assert log_in(client, "admin", PASSWORD).status_code == 302


def test_a_load_beside_people_who_have_accounts_keeps_nobody_from_logging_in(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user(role=Role.OFFICER)

    with being_loaded(monkeypatch, Loading(42, LoadStep.HISTORY)):
        assert log_in(client, user.username, PASSWORD).status_code == 302


def test_log_in_goes_on_to_the_page_that_was_asked_for_and_never_to_another_site(client: Client) -> None:
    user = make_user(role=Role.OFFICER)
    fields = {"username": user.username, "password": PASSWORD}

    own = client.post(reverse("login"), fields | {"next": "/enterprises/"})
    client.logout()
    foreign = client.post(reverse("login"), fields | {"next": "https://evil.example/"})

    assert own.headers["Location"] == "/enterprises/"
    assert foreign.headers["Location"] == "/"


def test_person_without_a_role_is_told_what_to_do(client: Client) -> None:
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")

    answer = client.get("/")

    assert answer.status_code == 403
    assert "管理员" in answer.content.decode()


def test_language_switches_and_stays(client: Client) -> None:
    client.force_login(make_user(role=Role.OFFICER), backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("enterprises")
    assert '<html lang="zh-Hans">' in client.get(address).content.decode()

    answer = client.post(reverse("set_language"), {"language": "en", "next": address})
    page = client.get(address).content.decode()

    assert answer.headers["Location"] == address
    assert '<html lang="en">' in page
    assert ("Enterprises" in page, "企业档案" in page) == (True, False)


def officer() -> Client:
    client = Client()
    client.force_login(make_user(role=Role.OFFICER), backend="django.contrib.auth.backends.ModelBackend")
    return client


def designed(answer: Any) -> str:
    """The page, after making sure that it is one of ours and leads on."""
    page = answer.content.decode()
    assert "portal/portal.css" in page
    assert 'href="/"' in page
    return page


def test_address_that_does_not_exist_is_a_page_of_ours() -> None:
    for client in (officer(), Client()):
        answer = client.get("/nothing/here/")
        assert answer.status_code == 404
        assert "<h1>未找到</h1>" in designed(answer)


def test_thing_of_another_park_is_not_found_and_not_forbidden() -> None:
    answer = officer().get(reverse("enterprise", args=[make_enterprise().pk]))

    assert answer.status_code == 404
    assert "<h1>未找到</h1>" in designed(answer)


def test_page_beyond_the_role_says_so() -> None:
    answer = officer().get(reverse("people"))

    assert answer.status_code == 403
    assert "权限" in designed(answer)


def test_message_of_an_error_is_in_the_language_of_the_page() -> None:
    client = officer()

    page = client.get(reverse("people")).content.decode()

    assert "Your role does not include this" not in page


def test_form_sent_without_its_token_gets_a_page_of_ours() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(role=Role.OFFICER), backend="django.contrib.auth.backends.ModelBackend")

    answer = client.post(reverse("enterprise_new"), {"name": "x"})

    assert answer.status_code == 403
    designed(answer)


def test_program_gets_errors_as_json() -> None:
    answer = officer().get(reverse("people"), headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "address",
    [
        "/enterprises/?word=%00", "/outlets/?word=%00", "/series/?word=%00", "/catalogue/?word=%00", "/audit/?word=%00", "/series/?c=%00",
        "/problems/?kind=%00", "/enterprises/?page=99999999999999999999", "/series/?interval=century", "/series/?from=0001-01-01&to=0001-01-01",
        "/series/?from=9999-12-31&to=9999-12-31", "/series/?from=2026-02-01&to=2026-01-01", "/series/?c=99999999999999999999999",
    ],
)  # fmt: skip
def test_nonsense_in_an_address_never_breaks_a_page(address: str) -> None:
    client = Client()
    client.force_login(
        make_user(role=Role.PARK_ADMIN, park=make_park()), backend="django.contrib.auth.backends.ModelBackend"
    )

    answer = client.get(address)

    assert answer.status_code in (200, 400, 404, 422)
    designed(answer)
