"""Models that grew step by step are those that Django builds in one go."""

from typing import Any

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from deploy.migrating import Executor, GrowingState

COMPARED = MigrationAutodetector(ProjectState(), ProjectState())


def grown() -> GrowingState:
    loader = MigrationLoader(None)
    state = GrowingState(real_apps=loader.unmigrated_apps)
    assert state.apps is not None  # built from the beginning, so that every step has to grow it
    for key in loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True):
        loader.graph.nodes[key].mutate_state(state, preserve=False)
    return state


def told(state: ProjectState) -> dict[tuple[str, str], Any]:
    """What the steps of a migration and their SQL read of a model."""
    return {
        (model._meta.app_label, model._meta.model_name): {
            "table": model._meta.db_table,
            "fields": sorted((f.name, f.column, repr(COMPARED.deep_deconstruct(f)[1:])) for f in model._meta.local_concrete_fields),
            "links": sorted((f.name, f.remote_field.through._meta.db_table) for f in model._meta.local_many_to_many),
            "targets": sorted((f.name, f.remote_field.model._meta.label) for f in model._meta.local_fields if f.remote_field),
            "from": sorted((r.related_model._meta.label, r.field.name) for r in model._meta.get_fields(include_hidden=True) if r.auto_created and r.is_relation and not r.concrete),
            "indexes": [one.deconstruct() for one in model._meta.indexes],
            "constraints": [one.deconstruct() for one in model._meta.constraints],
            "triggers": [one.name for one in getattr(model._meta, "triggers", [])],
        }
        for model in state.apps.get_models(include_auto_created=True)
    }  # fmt: skip


def test_grown_models_are_those_that_are_built_at_once() -> None:
    state = grown()
    found = told(state)
    del state.__dict__["apps"]

    wanted = told(state)

    assert set(found) == set(wanted)
    for key, one in wanted.items():
        assert found[key] == one, key


def test_the_command_uses_growing_states() -> None:
    executor = Executor.__new__(Executor)
    executor.loader = MigrationLoader(None)

    assert isinstance(executor._create_project_state().clone(), GrowingState)
