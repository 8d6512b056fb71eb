"""Compiling the tracing the first time on a machine, and what the page of a trace says meanwhile. Answers: see `test_first_answer`."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.tracing.models import Incident, Trace
from monitoring.tracing.services import compiling
from monitoring.tracing.services.runs import run_trace
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_park


@pytest.fixture
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing is compiled yet; what is compiled there takes no time."""
    monkeypatch.setattr(compiling, "folder_of", lambda function: tmp_path / "code")
    return tmp_path / "code"


def test_first_compiles_and_later_ones_find_it_done_until_the_code_changes(
    kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []

    def compile_apart() -> bool:
        computed.append("once")
        return True

    monkeypatch.setattr(compiling, "compile_apart", compile_apart)
    told: list[str] = []

    assert compiling.compile_first(tell=told.append)
    assert not compiling.compile_first(tell=told.append)
    assert (told, computed) == (["compiling"], ["once"])

    monkeypatch.setattr(compiling, "stamp", lambda: "of another version")
    assert compiling.compile_first(tell=told.append)
    assert computed == ["once", "once"]


def test_who_comes_second_says_so_and_waits_instead_of_compiling_too(
    kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "compile_apart", lambda: pytest.fail("compiled twice"))
    told = threading.Event()
    second = threading.Thread(target=compiling.compile_first, kwargs={"tell": lambda stage: told.set()}, daemon=True)
    kept_in.mkdir()

    with compiling.alone(kept_in / compiling.LOCK):
        second.start()
        assert told.wait(10)
        second.join(0.3)
        assert second.is_alive()
        (kept_in / compiling.DONE).write_text(compiling.note(), encoding="utf-8")
    second.join(10)

    assert not second.is_alive()


def test_code_that_went_missing_is_compiled_again(
    kept_in: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = tmp_path / "kernels.nbc"
    code.touch()
    monkeypatch.setattr(compiling, "files", lambda: [str(code)])
    monkeypatch.setattr(compiling, "compile_apart", lambda: True)
    assert compiling.compile_first()
    assert not compiling.compile_first()

    code.unlink()

    assert compiling.compile_first()


def test_what_could_not_be_compiled_ahead_is_said_and_tried_again(
    kept_in: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(compiling, "asked_folder", lambda: "/proc/nowhere")
    monkeypatch.setattr(compiling.sys, "executable", "/bin/false")

    assert compiling.compile_first()
    assert not compiling.is_compiled()
    assert "could not be compiled ahead" in caplog.text


@pytest.mark.django_db
def test_the_page_of_a_trace_says_that_the_tracing_is_compiled_as_long_as_it_is(
    kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    park, now, pages = make_park(), timezone.now(), dict[str, str]()
    row = a_trace(park, now)
    client = Client()
    client.force_login(make_user(role=Role.OFFICER, park=park), backend="django.contrib.auth.backends.ModelBackend")

    def look(name: str) -> bool:
        pages[name] = client.get(reverse("trace_state", args=[row.pk])).content.decode()
        return True

    def answer(*, case: Any, progress: Any, **_: Any) -> dict[str, Any]:
        progress("background")
        look("after")
        return {}

    monkeypatch.setattr(compiling, "compile_apart", lambda: look("meanwhile"))
    monkeypatch.setattr("monitoring.tracing.services.runs.answer_of", answer)
    run_trace(trace_id=row.pk, now=now, clock=lambda: now)

    assert "正在为本机编译溯源程序" in pages["meanwhile"]
    assert "编译" not in pages["after"]
    assert "第 1 步" in pages["after"]


def a_trace(park: Any, now: Any) -> Trace:
    incident = Incident.objects.create(
        park=park, kind="MANUAL", pollutant_id="a25002", title="t", began_at=now - timedelta(hours=1), ended_at=now, opened_at=now,
    )  # fmt: skip
    return Trace.objects.create(incident=incident, case={}, places={}, digest="", asked_at=now)
