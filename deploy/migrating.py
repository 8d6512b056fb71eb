"""Migrations of a fresh database in seconds.

For every step Django builds anew all models that hang together with the one that changes; here nearly all do, and building
them took twenty times as long as what PostgreSQL had to do. Models, fields, indexes, constraints and triggers that are only
added are taken into the models that stand; every other step goes Django's way.
"""

from typing import Any

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState, ProjectState

IN_PLACE = {"indexes", "constraints", "triggers"}  # options of which the database operations read nothing but their own
_COMPARED = MigrationAutodetector(ProjectState(), ProjectState())


class GrowingState(ProjectState):
    """A project state whose built models grow."""

    @classmethod
    def of(cls, plain: ProjectState) -> "GrowingState":
        state = cls(models=plain.models, real_apps=plain.real_apps)
        state.is_delayed = plain.is_delayed
        if "apps" in plain.__dict__:
            state.apps = plain.apps
        return state

    def clone(self) -> "GrowingState":
        """Django's own copy would be a plain state again."""
        return self.of(super().clone())

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        if "apps" not in self.__dict__:
            return
        found = self.apps.all_models[app_label].get(model_name)
        wanted = self.models[app_label, model_name]
        if found is None:
            self.apps.render_multiple([wanted])
        elif not grow(found, wanted):
            super().reload_model(app_label, model_name, delay)


def grow(model: Any, wanted: ModelState) -> bool:
    """Bring a built model to what is wanted, if all that is missing can be added; else leave it alone."""
    there = {field.name: field for field in (*model._meta.local_fields, *model._meta.local_many_to_many)}
    there |= {field.name: field for field in model._meta.private_fields}
    same = all(name in wanted.fields and alike(field, wanted.fields[name]) for name, field in there.items())
    kept = {k: v for k, v in wanted.options.items() if k not in IN_PLACE}
    built = {k: v for k, v in model._meta.original_attrs.items() if k not in IN_PLACE | {"apps", "app_label"}}
    if not same or kept != built:
        return False
    for name, field in wanted.fields.items():
        if name not in there:
            field.clone().contribute_to_class(model, name)
    for option in IN_PLACE & set(wanted.options):
        setattr(model._meta, option, list(wanted.options[option]))
    # A relation is known at both of its ends.
    model._meta.apps.clear_cache()
    return True


def alike(built: Any, wanted: Any) -> bool:
    return bool(_COMPARED.deep_deconstruct(built)[1:] == _COMPARED.deep_deconstruct(wanted)[1:])


class Executor(MigrationExecutor):
    """Django's executor on growing states."""

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        return GrowingState.of(super()._create_project_state(with_applied_migrations))  # type: ignore[misc]
