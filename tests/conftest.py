"""Shared by all tests. Loads without Django, because the pure tests run with its plugin switched off."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import settings

# A slow machine is no failure; the tests that are about time measure it themselves.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings of the Django plugin stand in pyproject.toml; without the plugin they must still be legal."""
    with contextlib.suppress(ValueError):
        parser.addini("DJANGO_SETTINGS_MODULE", "taken by pytest-django")


@pytest.fixture
def now() -> datetime:
    """The moment at which tests happen: a Wednesday morning in Shanghai, hh:30 so that the hour is neither new nor old."""
    return datetime(2026, 3, 18, 2, 30, tzinfo=UTC)
