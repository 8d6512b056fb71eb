"""One running installation for all tests of this folder: gateway, web server, workers, beat, on an empty database."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.instance import Instance

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Live:
    """A running installation and what was put into it."""

    url: str
    gateway_port: int
    environment: dict[str, str]
    seed: dict[str, Any]


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    instance = Instance(folder=tmp_path_factory.mktemp("live"))
    instance.start_servers()
    try:
        instance.environment["DJANGO_SETTINGS_MODULE"] = "deploy.settings.dev"
        instance.environment["TONGJIAN_API_RATE"] = "100000/min"
        instance.manage("prepare")
        seeded = subprocess.run(
            [sys.executable, str(ROOT / "tests/browser/seed.py")], env=instance.environment, cwd=ROOT, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert seeded.returncode == 0, seeded.stderr
        instance.start_processes()
        instance.wait_web()
        seed = json.loads(seeded.stdout.strip().splitlines()[-1])
        yield Live(instance.url, instance.gateway_port, instance.environment, seed)
    finally:
        instance.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian package chromium): the pages were not opened")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, live: Live) -> Iterator[Any]:
    """A page of the park's administrator, Chinese, 1366 px wide; complaints of the browser fail the test."""
    yield from opened(chromium, live, user="admin", width=1366, language="zh-CN")


def opened(chromium: Any, live: Live, *, user: str, width: int, language: str) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console", lambda m: complaints.append(m.text) if m.type == "error" and "status of 4" not in m.text else None
    )
    page.goto(live.url + "/login/")
    page.fill("#id_username", user)
    page.fill("#id_password", live.seed["people"][user])
    page.click("button.primary")
    page.wait_for_url(live.url + "/")
    page.complaints = complaints
    yield page
    context.close()
    assert not complaints, complaints
