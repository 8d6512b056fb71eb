"""What looks odd in a month before it is closed. A finding is no error: it asks for a word of explanation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.activity.domain.declared import DECLARED
from accounting.activity.domain.quantities import Given

YEAR_AGO, MISSING, UNIT_JUMP, ZERO, INTENSITY, CARBON = RULES = (
    "year_ago",  # change to the same month of the year before
    "missing",  # a source that the month before had
    "unit_jump",  # a change near a factor of 1,000
    "zero",  # zero where the months before were not
    "intensity",  # energy per product to the month before
    "carbon_balance",  # more carbon leaves than comes in
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is odd, from the factor library: rules of the platform with version and approval, prescribed by no standard."""

    year_ago: Decimal  # relative change
    unit_jump: Decimal  # how near a change must come to a factor of 1,000, above 0 to 1
    intensity: Decimal  # relative change
    carbon_balance: Decimal  # carbon out over carbon in


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


def findings(
    *, lines: Iterable[Seen], month_ago: Iterable[Seen], year_ago: Iterable[Seen], limits: Limits
) -> list[Finding]:
    """Everything odd in a month, by line.

    Args:
        lines: of the month; `month_ago` and `year_ago` of the month before and of the same month of the year before.
    """
    now, before, then = ({one.code: one for one in rows} for rows in (lines, month_ago, year_ago))
    found = [Finding(MISSING, code, {}) for code in sorted(before.keys() - now.keys())]
    for code, line in sorted(now.items()):
        found += of_values(line, before.get(code), then.get(code), limits)
        found += of_carbon(line, limits)
    found += of_intensity(now.values(), before.values(), limits)
    unique: dict[str, Finding] = {}
    for one in found:
        unique.setdefault(one.key, one)
    return list(unique.values())


def of_values(line: Seen, before: Seen | None, then: Seen | None, limits: Limits) -> list[Finding]:
    found = []
    for name, given in line.values.items():
        last, old = same_unit(given, before, name), same_unit(given, then, name)
        details = {"field": name, "value": text(given.value), "unit": given.unit}
        earlier = last if last else old
        if given.value == 0 and earlier:
            found.append(Finding(ZERO, line.code, {**details, "before": text(earlier)}))
        elif given.value > 0 and earlier and is_jump(given.value / earlier, limits.unit_jump):
            found.append(Finding(UNIT_JUMP, line.code, {**details, "before": text(earlier)}))
        elif old and abs(given.value / old - 1) > limits.year_ago:
            change = f"{(given.value / old - 1) * 100:+.0f}"
            found.append(Finding(YEAR_AGO, line.code, {**details, "before": text(old), "change": change}))
    return found


def same_unit(given: Given, other: Seen | None, name: str) -> Decimal | None:
    """The quantity of another month in the unit of this one; None where there is none that can be compared."""
    if other is None or name not in other.values:
        return None
    found = other.values[name]
    return DECLARED.converted(found.value, found.unit, given.unit)


def is_jump(ratio: Decimal, nearness: Decimal) -> bool:
    """Whether a change looks like a unit mixed up by a factor of 1,000."""
    size = ratio if ratio >= 1 else 1 / ratio
    return THOUSAND * nearness <= size <= THOUSAND / nearness


def of_carbon(line: Seen, limits: Limits) -> list[Finding]:
    """More carbon in products and residues than in the feed, as far as all contents are given."""
    if "feed" not in line.groups:
        return []
    feed = carbon(line.groups["feed"])
    out = carbon([*line.groups.get("product", ()), *line.groups.get("other", ())])
    if feed is None or out is None or out <= feed * limits.carbon_balance:
        return []
    return [Finding(CARBON, line.code, {"feed": text(feed), "out": text(out), "unit": "tC"})]


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


def of_intensity(lines: Iterable[Seen], month_ago: Iterable[Seen], limits: Limits) -> list[Finding]:
    """Energy per product of each node against the month before."""
    now, before = ratios(lines), ratios(month_ago)
    return [
        Finding(
            INTENSITY, node,
            {"value": f"{now[node]:.4g}", "before": f"{before[node]:.4g}", "unit": "GJ", "change": f"{(now[node] / before[node] - 1) * 100:+.0f}"},
        )
        for node in sorted(now.keys() & before.keys())
        if before[node] and abs(now[node] / before[node] - 1) > limits.intensity
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
