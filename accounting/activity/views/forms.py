"""The form of a line, made from what its kind declares."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.activity.domain.checking import Known
from accounting.activity.domain.declared import (
    DECLARED,
    DeclaredChoice,
    DeclaredField,
    DeclaredKind,
    WrongUnit,
)
from accounting.activity.domain.quantities import FLOW
from parks.catalogue.domain.errors import PlatformError
from parks.portal.errors import told
from parks.portal.registry import lobby
from parks.templatetags.portal import unit as shown_unit

SPARE_ROWS = 3
LEAST_ROWS = 4
# Kinds whose CO2 may come from living matter.
BIOGENIC = ("combustion", "combustion_gas", "incineration", "wastewater_methane", "recovery")
HUNDRED = Decimal(100)


def word(family: str, code: str) -> Any:
    return lobby.words.get(f"{family}.{code}", code)


def pretty(unit: str) -> str:
    """A unit as people write it."""
    return "0–1" if unit == "1" else shown_unit(unit)


def named(code: str) -> Any:
    """What people read for an option, with the code where there are words."""
    found = word("option", code)
    return found if found != code else code


class LineForm(forms.Form):
    """One line of activity data."""

    code = forms.SlugField(label=gettext_lazy("Code of the source"), max_length=60)
    node = forms.ChoiceField(label=gettext_lazy("Place in the park's balance"), required=False)
    stream = forms.ChoiceField(label=gettext_lazy("Stream"), required=False)
    biogenic = forms.BooleanField(label=gettext_lazy("Biogenic: CO2 outside the total"), required=False)
    quality = forms.TypedChoiceField(
        label=gettext_lazy("Quality (1 best)"), coerce=int, choices=[(n, n) for n in range(1, 6)], initial=3
    )
    evidence = forms.FileField(label=gettext_lazy("Evidence (invoice, meter photo, laboratory report)"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)

    def __init__(
        self, *args: Any, kind: DeclaredKind, known: Known, nodes: Sequence[Any], streams: Sequence[Any], line: Any = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        kwargs.setdefault("initial", starting(line))
        super().__init__(*args, **kwargs)
        self.kind, self.flows = kind, kind.name == FLOW
        self.fields["node"].choices = [("", "–"), *((str(n.pk), f"{n.code} {n.name}") for n in nodes)]  # type: ignore[attr-defined]
        self.fields["stream"].choices = [("", "–"), *((str(s.pk), f"{s.code} {s.name} [{s.unit}]") for s in streams)]  # type: ignore[attr-defined]
        self.fields["stream"].required = self.flows
        if kind.name not in BIOGENIC:
            del self.fields["biogenic"]
        self.stream_units = sorted({unit for s in streams for unit in DECLARED.alternatives(s.unit)})
        for choice in kind.choices:
            self.fields[f"c_{choice.name}"] = choice_field(choice, known)
        for one in kind.fields:
            self.add_quantity(f"v_{one.name}", one, required=one.required, label=word("quantity", one.name))
        self.rows = {name: rows_of(line, name) for name in kind.groups}
        for name, parts in kind.groups.items():
            for number in range(self.rows[name]):
                self.add_row(name, number, parts, known)

    def add_quantity(self, key: str, one: DeclaredField, *, required: bool, label: Any, whole: bool = True) -> None:
        self.fields[key] = forms.DecimalField(label=label, required=required, max_digits=28)
        units = self.stream_units if self.flows else units_of(one)
        self.fields[f"{key}_unit"] = forms.ChoiceField(
            label=gettext_lazy("Unit"), choices=[(unit, pretty(unit)) for unit in units], required=False
        )
        if whole:
            self.fields[f"{key}_u"] = forms.DecimalField(min_value=0, max_value=1000, required=False)
            self.fields[f"{key}_meter"] = forms.CharField(max_length=60, required=False)

    def add_row(self, group: str, number: int, parts: Sequence[DeclaredField], known: Known) -> None:
        key = f"g_{group}_{number}"
        for part in parts:
            self.add_quantity(
                f"{key}_{part.name}", part, required=False, label=word("quantity", part.name), whole=False
            )
        if any(part.name == "carbon" for part in parts):
            names = sorted(name.removeprefix("carbon.") for name in known.factors if name.startswith("carbon."))
            self.fields[f"{key}_substance"] = forms.ChoiceField(
                choices=[("", "–"), *((name, named(name)) for name in names)], required=False
            )

    def general(self) -> list[Any]:
        """Fields above and below the quantities."""
        names = ["code", *(f"c_{choice.name}" for choice in self.kind.choices), "node", "stream"]
        return [self[name] for name in names]

    def closing(self) -> list[Any]:
        return [self[name] for name in ("quality", "evidence", "note", "biogenic") if name in self.fields]

    def quantities(self) -> list[dict[str, Any]]:
        return [
            {"field": self[f"v_{one.name}"], "unit": self[f"v_{one.name}_unit"], "u": self[f"v_{one.name}_u"],
             "meter": self[f"v_{one.name}_meter"], "required": one.required}
            for one in self.kind.fields
        ]  # fmt: skip

    def groups(self) -> list[dict[str, Any]]:
        return [
            {"label": word("group", name), "heads": [word("quantity", part.name) for part in parts],
             "substances": f"g_{name}_0_substance" in self.fields,
             "rows": [self.cells(f"g_{name}_{number}", parts) for number in range(self.rows[name])]}
            for name, parts in self.kind.groups.items()
        ]  # fmt: skip

    def cells(self, key: str, parts: Sequence[DeclaredField]) -> dict[str, Any]:
        pairs = [(self[f"{key}_{part.name}"], self[f"{key}_{part.name}_unit"]) for part in parts]
        return {"pairs": pairs, "substance": self[f"{key}_substance"] if f"{key}_substance" in self.fields else None}

    def content(self) -> dict[str, Any]:
        """What the service takes."""
        d = self.cleaned_data
        return {
            "kind": self.kind.name, "code": d["code"], "quality": d["quality"], "note": d["note"],
            "biogenic": bool(d.get("biogenic")), "node_id": int(d["node"]) if d["node"] else None,
            "stream_id": int(d["stream"]) if d["stream"] else None,
            "choices": {c.name: str(d[f"c_{c.name}"]) for c in self.kind.choices if d.get(f"c_{c.name}")},
            "values": {one.name: quantity(d, f"v_{one.name}") for one in self.kind.fields if d.get(f"v_{one.name}") is not None},
            "groups": {name: rows for name in self.kind.groups if (rows := self.filled_rows(name))},
        }  # fmt: skip

    def filled_rows(self, name: str) -> list[dict[str, Any]]:
        d, found = self.cleaned_data, []
        for number in range(self.rows[name]):
            key = f"g_{name}_{number}"
            row: dict[str, Any] = {
                part.name: quantity(d, f"{key}_{part.name}")
                for part in self.kind.groups[name]
                if d.get(f"{key}_{part.name}") is not None
            }
            if row and d.get(f"{key}_substance"):
                row["substance"] = d[f"{key}_substance"]
            if row:
                found.append(row)
        return found

    def place(self, error: PlatformError) -> None:
        """Show what was refused at the field that it is about."""
        field = str(error.details.get("field", ""))
        group, _dot, rest = field.partition(".")
        number, _dot, part = rest.partition(".")
        candidates = [f"v_{field}", f"c_{field}", field]
        if number.isdigit():
            candidates.insert(0, f"g_{group}_{int(number) - 1}_{part}")
        at = next((name for name in candidates if name in self.fields), None)
        units = {name: pretty(str(error.details.get(name, ""))) for name in ("given", "needed")}
        said = _("The unit is %(given)s; the quantity needs %(needed)s or a unit of the same kind.") % units
        self.add_error(at, said if isinstance(error, WrongUnit) else told(error))


def choice_field(choice: DeclaredChoice, known: Known) -> forms.Field:
    label = word("choice", choice.name)
    options = known.options(choice)
    required = choice.required and not choice.unless
    if options:
        initial = "CN" if choice.name == "region" else None
        return forms.ChoiceField(
            label=label, choices=[("", "–"), *((o, named(o)) for o in options)], required=required, initial=initial
        )
    if choice.name == "factor_year":
        return forms.IntegerField(label=label, min_value=1990, max_value=2100, required=False)
    return forms.SlugField(label=label, max_length=60, required=required)


def units_of(one: DeclaredField) -> list[str]:
    """Units that may be given: all of the dimension; for a fuel those of both bases, of which its table allows one."""
    return list(dict.fromkeys(unit for needed in one.units.values() for unit in DECLARED.alternatives(needed)))


def quantity(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = {
        "value": format(data[key], "f"),
        "unit": data.get(f"{key}_unit") or "",
        "meter": data.get(f"{key}_meter") or "",
    }
    if data.get(f"{key}_u") is not None:
        found["uncertainty"] = format(data[f"{key}_u"] / HUNDRED, "f")
    return found


def rows_of(line: Any, group: str) -> int:
    filled = len(line.groups.get(group, ())) if line is not None else 0
    return max(LEAST_ROWS, filled + SPARE_ROWS)


def starting(line: Any) -> dict[str, Any]:
    """What the form of a correction begins with."""
    if line is None:
        return {}
    found: dict[str, Any] = {
        "code": line.code, "node": line.node_id, "stream": line.stream_id, "quality": line.quality, "note": line.note,
        "biogenic": line.biogenic, **{f"c_{name}": text for name, text in line.choices.items()},
    }  # fmt: skip
    pairs = {f"v_{name}": data for name, data in line.values.items()}
    for group, rows in line.groups.items():
        for number, row in enumerate(rows):
            pairs |= {f"g_{group}_{number}_{part}": data for part, data in row.items()}
    for key, data in pairs.items():
        if isinstance(data, str):
            found[key] = data
            continue
        found |= {key: data.get("value"), f"{key}_unit": data.get("unit", ""), f"{key}_meter": data.get("meter", "")}
        if data.get("uncertainty"):
            found[f"{key}_u"] = Decimal(data["uncertainty"]) * HUNDRED
    return found


def kinds_by_family() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """All kinds that may be entered, under their families."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for kind in DECLARED.kinds.values():
        found.setdefault(kind.family, []).append((kind.name, word("kind_of_line", kind.name)))
    order = [family for family in found if family != FLOW] + [FLOW] * (FLOW in found)
    return [(word("family_of_line", family), found[family]) for family in order]


def heading_of(kind: DeclaredKind) -> str | Promise:
    found: str | Promise = word("kind_of_line", kind.name)
    return found
