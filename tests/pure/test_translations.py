"""Both languages are complete: every text of templates and code is in the catalogues, and every entry is translated."""

import ast
import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("parks", "monitoring", "accounting")
LANGUAGES = ("zh_Hans",)  # English is the language of the sources
TRANSLATE = re.compile(r"""\{%-?\s*(?:translate|trans)\s+(?:"([^"]*)"|'([^']*)')""")
BLOCK = re.compile(
    r"\{%\s*(?:blocktranslate|blocktrans)([^%]*)%\}(.*?)\{%\s*end(?:blocktranslate|blocktrans)\s*%\}", re.S
)
PLURAL = re.compile(r"\{%\s*plural\s*%\}")
VARIABLE = re.compile(r"\{\{\s*([\w.]+)[^}]*\}\}")
CALLS = {"gettext", "gettext_lazy", "_", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "gettext_noop"}


def texts_of_template(text: str) -> set[str]:
    found = {a or b for a, b in TRANSLATE.findall(text)}
    for options, body in BLOCK.findall(text):
        first = PLURAL.split(body)[0]
        first = VARIABLE.sub(lambda m: f"%({m.group(1)})s", first)
        if "trimmed" in options:
            first = re.sub(r"\s*\n\s*", " ", first.strip())
        found.add(first)
    return found


def texts_of_code(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and (
            getattr(node.func, "id", "") in CALLS or getattr(node.func, "attr", "") in CALLS
        ):
            name = getattr(node.func, "id", "") or node.func.attr  # type: ignore[attr-defined]
            at = 1 if name.startswith("pgettext") else 0
            if len(node.args) > at and isinstance(node.args[at], ast.Constant) and isinstance(node.args[at].value, str):
                found.add(node.args[at].value)
    return found


def texts_of(app: str) -> set[str]:
    found: set[str] = set()
    for file in (ROOT / app).rglob("*.html"):
        found |= texts_of_template(file.read_text())
    for file in (ROOT / app).rglob("*.py"):
        found |= texts_of_code(file.read_text())
    return {text for text in found if text.strip()}


def catalogue(app: str, language: str) -> polib.POFile:
    file = ROOT / app / "locale" / language / "LC_MESSAGES" / "django.po"
    if not file.exists():
        if not texts_of(app):
            pytest.skip(f"{app} has no text to translate yet")
        pytest.fail(f"{app} has texts and no catalogue {file.relative_to(ROOT)}")
    return polib.pofile(str(file))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("app", APPS)
def test_every_entry_is_translated(app: str, language: str) -> None:
    entries = [e for e in catalogue(app, language) if not e.obsolete]

    open_ones = [e.msgid for e in entries if e.fuzzy or not (e.msgstr or any(e.msgstr_plural.values()))]

    assert open_ones == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("app", APPS)
def test_every_text_is_in_the_catalogue(app: str, language: str) -> None:
    known = {e.msgid for e in catalogue(app, language) if not e.obsolete}

    assert sorted(texts_of(app) - known) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("app", APPS)
def test_placeholders_survive_translation(app: str, language: str) -> None:
    holder = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
    wrong = [
        e.msgid for e in catalogue(app, language)
        if not e.obsolete and e.msgstr and sorted(holder.findall(e.msgid)) != sorted(holder.findall(e.msgstr))
    ]  # fmt: skip

    assert wrong == []


def test_the_search_finds_texts_of_all_forms() -> None:
    html = """{% translate "One" %}{% blocktranslate trimmed with n=x %}
      Two {{ n }}
      lines{% endblocktranslate %}"""

    assert texts_of_template(html) == {"One", "Two %(n)s lines"}
    assert texts_of_code('from x import gettext as _\n_("Three")') == {"Three"}
