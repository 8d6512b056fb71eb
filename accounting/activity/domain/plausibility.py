"""What looks odd in a month before it is closed. A finding is no error: it asks for a word of explanation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.activity.domain.declared import DECLARED
from accounting.activity.domain.quantities import Given

VERSION = "2026-1"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its limit and where that comes from."""

    name: str
    limit: Decimal
    source: str


OWN = f"rules of the platform {VERSION}"
YEAR_AGO = Rule("year_ago", Decimal("0.3"), OWN)  # relative change to the same month of the year before
MISSING = Rule("missing", Decimal(0), OWN)  # a source that the month before had
UNIT_JUMP = Rule("unit_jump", Decimal("0.5"), OWN)  # how near a change must come to a factor of 1,000
ZERO = Rule("zero", Decimal(0), OWN)  # zero where the months before were not
INTENSITY = Rule("intensity", Decimal("0.25"), OWN)  # change of energy per product to the month before
CARBON = Rule("carbon_balance", Decimal(1), "conservation of mass: no more carbon can leave than comes in")
RULES = {one.name: one for one in (YEAR_AGO, MISSING, UNIT_JUMP, ZERO, INTENSITY, CARBON)}
THOUSAND = Decimal(1000)
PRODUCT = ("made",)


@dataclass(frozen=True, slots=True)
class Seen:
    """A line as the rules look at it."""

    code: str
    kind: str
    values: Mapping[str, Given]
    node: str = ""
    groups: Mapping[str, Sequence[Mapping[str, Given | str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What looks odd: which rule, at which line, and the numbers."""

    rule: str
    code: str
    details: Mapping[str, str]

    @property
    def key(self) -> str:
        return f"{self.rule}:{self.code}"


def findings(*, lines: Iterable[Seen], month_ago: Iterable[Seen], year_ago: Iterable[Seen]) -> list[Finding]:
    """Everything odd in a month, by line.

    Args:
        lines: of the month; `month_ago` and `year_ago` of the month before and of the same month of the year before.
    """
    now, before, then = ({one.code: one for one in rows} for rows in (lines, month_ago, year_ago))
    found = [Finding(MISSING.name, code, {}) for code in sorted(before.keys() - now.keys())]
    for code, line in sorted(now.items()):
        found += of_values(line, before.get(code), then.get(code))
        found += of_carbon(line)
    found += of_intensity(now.values(), before.values())
    unique: dict[str, Finding] = {}
    for one in found:
        unique.setdefault(one.key, one)
    return list(unique.values())


def of_values(line: Seen, before: Seen | None, then: Seen | None) -> list[Finding]:
    found = []
    for name, given in line.values.items():
        last, old = same_unit(given, before, name), same_unit(given, then, name)
        details = {"field": name, "value": text(given.value), "unit": given.unit}
        earlier = last if last else old
        if given.value == 0 and earlier:
            found.append(Finding(ZERO.name, line.code, {**details, "before": text(earlier)}))
        elif given.value > 0 and earlier and is_jump(given.value / earlier):
            found.append(Finding(UNIT_JUMP.name, line.code, {**details, "before": text(earlier)}))
        elif old and abs(given.value / old - 1) > YEAR_AGO.limit:
            change = f"{(given.value / old - 1) * 100:+.0f}"
            found.append(Finding(YEAR_AGO.name, line.code, {**details, "before": text(old), "change": change}))
    return found


def same_unit(given: Given, other: Seen | None, name: str) -> Decimal | None:
    """The quantity of another month in the unit of this one; None where there is none that can be compared."""
    if other is None or name not in other.values:
        return None
    found = other.values[name]
    return DECLARED.converted(found.value, found.unit, given.unit)


def is_jump(ratio: Decimal) -> bool:
    """Whether a change looks like a unit mixed up by a factor of 1,000."""
    size = ratio if ratio >= 1 else 1 / ratio
    return THOUSAND * UNIT_JUMP.limit <= size <= THOUSAND / UNIT_JUMP.limit


def of_carbon(line: Seen) -> list[Finding]:
    """More carbon in products and residues than in the feed, as far as all contents are given."""
    if "feed" not in line.groups:
        return []
    feed = carbon(line.groups["feed"])
    out = carbon([*line.groups.get("product", ()), *line.groups.get("other", ())])
    if feed is None or out is None or out <= feed * CARBON.limit:
        return []
    return [Finding(CARBON.name, line.code, {"feed": text(feed), "out": text(out), "unit": "tC"})]


def carbon(rows: Sequence[Mapping[str, Given | str]]) -> Decimal | None:
    total = Decimal(0)
    for row in rows:
        amount, content = row.get("amount"), row.get("carbon")
        if not isinstance(amount, Given) or not isinstance(content, Given):
            return None
        tonnes = DECLARED.converted(amount.value, amount.unit, "t")
        share = DECLARED.converted(content.value, content.unit, "tC/t")
        if tonnes is None or share is None:
            return None
        total += tonnes * share
    return total


def of_intensity(lines: Iterable[Seen], month_ago: Iterable[Seen]) -> list[Finding]:
    """Energy per product of each node against the month before."""
    now, before = ratios(lines), ratios(month_ago)
    return [
        Finding(
            INTENSITY.name, node,
            {"value": f"{now[node]:.4g}", "before": f"{before[node]:.4g}", "unit": "GJ", "change": f"{(now[node] / before[node] - 1) * 100:+.0f}"},
        )
        for node in sorted(now.keys() & before.keys())
        if before[node] and abs(now[node] / before[node] - 1) > INTENSITY.limit
    ]  # fmt: skip


def ratios(lines: Iterable[Seen]) -> dict[str, Decimal]:
    """Energy bought or used [GJ] per product made, by node; only where there are both."""
    energy: dict[str, Decimal] = {}
    product: dict[str, Decimal] = {}
    for line in lines:
        for name, given in line.values.items():
            heat = DECLARED.converted(given.value, given.unit, "GJ") if given.unit else None
            if line.node and heat is not None and name in ("bought", "used"):
                energy[line.node] = energy.get(line.node, Decimal(0)) + heat
            elif line.node and heat is None and name in PRODUCT:
                product[line.node] = product.get(line.node, Decimal(0)) + given.value
    return {node: energy[node] / made for node, made in product.items() if made and node in energy}


def text(value: Decimal) -> str:
    return format(value.normalize(), "f")
