"""An app's `models.py` names every table of its wings; a class left out would offer to drop its table."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("parks", "monitoring", "accounting")


def tables_of(app: str) -> set[str]:
    """Names of concrete model classes in the wings: classes with a base that is a model, not marked abstract."""
    trees = [ast.parse(f.read_text()) for f in [*(ROOT / app).glob("*/models.py"), *(ROOT / app).glob("*/models/*.py")]]
    classes = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    models = {"Model", "AbstractUser", "Audited"}
    found: set[str] = set()
    for _ in range(3):  # bases may stand in another file
        for one in classes:
            bases = {b.attr if isinstance(b, ast.Attribute) else getattr(b, "id", "") for b in one.bases}
            if bases & models and not is_abstract(one):
                found.add(one.name)
                models.add(one.name)
    return found


def is_abstract(one: ast.ClassDef) -> bool:
    meta = next((n for n in one.body if isinstance(n, ast.ClassDef) and n.name == "Meta"), None)
    return meta is not None and any(
        isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == "abstract" and getattr(n.value, "value", False)
        for n in meta.body
    )


@pytest.mark.parametrize("app", APPS)
def test_every_table_of_the_wings_is_named(app: str) -> None:
    tree = ast.parse((ROOT / app / "models.py").read_text())
    named = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}

    assert tables_of(app) - named == set()


def test_the_search_finds_tables() -> None:
    assert {"Park", "User", "Permit"} <= tables_of("parks")
    assert {"Channel", "Job", "Problem"} <= tables_of("monitoring")
