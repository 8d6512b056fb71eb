"""The park part of a case: factors, ledgers, carbon, bridge and year as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from accounting.carbon.domain.balance.bridge import Statutory, bridge
from accounting.carbon.domain.balance.checks import Unbalanced
from accounting.carbon.domain.balance.checks import problems as problems_of
from accounting.carbon.domain.balance.closing import Closed, closed
from accounting.carbon.domain.balance.ledgers import OUTSIDE, Ledgers, co2e
from accounting.carbon.domain.balance.network import Network
from accounting.carbon.domain.balance.park import Park, park, year
from accounting.carbon.domain.case import reading
from accounting.carbon.domain.case.reading import Problem
from accounting.carbon.domain.case.statutory import Reports
from accounting.carbon.domain.inventory import CROSSWALK
from accounting.carbon.domain.methods import Method
from accounting.factors.domain.library import Library
from parks.catalogue.domain.errors import PlatformError


@dataclass(frozen=True, slots=True)
class Months:
    """The solved months of a case, how the meters of each were reconciled, and what was wrong with the others."""

    parks: tuple[Park, ...]
    problems: tuple[Problem, ...]
    closed: Mapping[str, Closed]  # by month, where the case asks for it


def months(*, case: Mapping[str, Any], library: Library) -> Months:
    """Solve every month that can be solved."""
    solved: list[Park] = []
    problems: list[Problem] = []
    adjusted: dict[str, Closed] = {}
    for number, given in enumerate(case["park"]["months"]):
        path = f"/park/months/{number}"
        try:
            network = reading.network(given, library)
            found = problems_of(network=network)
            if case["park"].get("reconcile") and all(isinstance(one, Unbalanced) for one in found):
                adjusted[network.month] = reconciliation(network=network, option=case["park"]["reconcile"])
                network = adjusted[network.month].network
                found = problems_of(network=network)
            if network.month in {one.month for one in solved}:
                raise reading.BreaksSchema(f"Month {network.month} is there twice.", month=network.month)
            if not found:
                solved.append(park(network=network, exact=case.get("exact", False)))
            problems += [Problem(path, error) for error in found]
        except PlatformError as error:
            problems.append(Problem(path, error))
    return Months(tuple(solved), tuple(problems), adjusted)


def reconciliation(*, network: Network, option: Any) -> Closed:
    """The month with meters that agree; the option is true, or names the nodes whose carbon is known in full."""
    return closed(network=network, carbon=() if option is True else option["carbon"])


def reconciliation_json(found: Closed) -> dict[str, Any]:
    test = found.test
    moved = [{"meter": m.id, "raw": m.raw, "value": m.value, "test": m.test} for m in found.moved]
    sums = {"chi_square": test.chi_square, "degrees": test.degrees, "probability": test.probability}
    return {**sums, "suspects": list(found.suspects), "adjusted": moved}


def weights_of(*, gases: tuple[str, ...], method: Method, library: Library) -> dict[str, float]:
    """Warming potentials of the gases that count; biogenic CO2 does not.

    Raises:
        UnknownFactor: the set has no value of a gas.
    """
    return {gas: float(library.gwp(gas=gas, gwp_set=method.gwp_set).value) for gas in gases if gas != "CO2-biogenic"}


def rendered(
    *, case: Mapping[str, Any], found: Months, reports: Reports, method: Method, library: Library
) -> tuple[dict[str, Any], list[Problem]]:
    """The park part of the answer, and what went wrong while it was made."""
    answer: dict[str, Any] = {"complete": not found.problems, "months": []}
    problems: list[Problem] = []
    for one in found.parks:
        try:
            weights = weights_of(gases=one.ledgers.gases, method=method, library=library) or {"CO2": 1.0}
            month = month_json(case=case, one=one, method=method, weights=weights)
            answer["months"].append(month)
            if one.month in found.closed:
                month["reconciliation"] = reconciliation_json(found.closed[one.month])
            if "bridge" in case["park"]:
                month["bridge"] = bridge_json(
                    case=case, one=one, reports=reports, method=method, library=library, weights=weights
                )
        except PlatformError as error:
            # What of the month was rendered before stays; an open bridge takes away nothing but itself.
            problems.append(Problem(f"/park/{one.month}", error))
    expected = case["park"].get("expected", [one.month for one in found.parks])
    total = year(parks=found.parks, expected=expected)
    answer["year"] = asdict(total)
    answer["complete"] = answer["complete"] and not problems and not total.missing
    return answer, problems


def month_json(*, case: Mapping[str, Any], one: Park, method: Method, weights: Mapping[str, float]) -> dict[str, Any]:
    books = one.ledgers
    answer: dict[str, Any] = {
        "month": one.month, "gases": list(books.gases), "gwp_set": method.gwp_set,
        "solution": {
            "residual": one.solved.residual, "backward_error": one.solved.backward, "loops": one.solved.loops,
            "largest_loop": one.solved.largest, "ways": list(one.solved.ways),
        },
        "factors": factors_json(books, weights), "enterprises": enterprises_json(books),
        "transfers": [
            {"stream": s, "from": a or "outside", "to": b or "outside", **by_gas(books, v)} for (s, a, b), v in sorted(books.cells.items())
        ],
        "park": park_json(books, weights), "carbon": {**asdict(one.carbon), "gap": one.carbon.gap},
    }  # fmt: skip
    return answer | on_demand(case=case, one=one, weights=weights)


def park_json(books: Ledgers[float], weights: Mapping[str, float]) -> dict[str, Any]:
    sides = {"direct": books.park_direct, "imports": books.imports, "exports": books.exports, "gap": books.gap}
    whole = sum(co2e(amounts=row, gases=books.gases, weights=weights) for row in (books.park_direct, books.imports))
    ends = {e: by_gas(books, v) for e, v in sorted(books.ends.items())}
    return {**{name: by_gas(books, row) for name, row in sides.items()}, "ends": ends, "co2e_t": whole}


def on_demand(*, case: Mapping[str, Any], one: Park, weights: Mapping[str, float]) -> dict[str, Any]:
    """What only some cases ask for: fractions, sensitivities, ranges."""
    answer: dict[str, Any] = {}
    if one.exact is not None:
        answer["exact"] = exact_json(one.exact)
    if wanted := case.get("sensitivities", ()):
        answer["sensitivities"] = {
            s: [asdict(row) for row in one.sensitivities(stream=s, weights=weights)[:20]] for s in wanted
        }
    if "monte_carlo" in case:
        draws, seed = int(case["monte_carlo"]["draws"]), int(case["monte_carlo"]["seed"])
        ranges = one.simulated(weights=weights, draws=draws, seed=seed)
        answer["monte_carlo"] = {
            "draws": draws,
            "seed": seed,
            "factors": {s: asdict(r) for s, r in sorted(ranges.items())},
        }
    return answer


def factors_json(books: Ledgers[float], weights: Mapping[str, float]) -> dict[str, Any]:
    return {
        stream: {**by_gas(books, row), "CO2e": co2e(amounts=row, gases=books.gases, weights=weights)}
        for stream, row in sorted(books.factors.items())
    }


def by_gas(books: Ledgers[float], row: tuple[float, ...]) -> dict[str, float]:
    return dict(zip(books.gases, row, strict=True))


def enterprises_json(books: Ledgers[float]) -> dict[str, Any]:
    return {
        e: {
            "direct": by_gas(books, own),
            "in": by_gas(books, books.moved_in(e)),
            "out": by_gas(books, books.moved_out(e)),
        }
        for e, own in sorted(books.direct.items())
        if e != OUTSIDE
    }


def exact_json(books: Ledgers[Fraction]) -> dict[str, Any]:
    """Factors as fractions, and the gap of conservation, which is zero."""
    rows = {s: dict(zip(books.gases, map(str, row), strict=True)) for s, row in sorted(books.factors.items())}
    return {"factors": rows, "gap": dict(zip(books.gases, map(str, books.gap), strict=True))}


def bridge_json(
    *, case: Mapping[str, Any], one: Park, reports: Reports, method: Method, library: Library, weights: Mapping[str, float]
) -> dict[str, Any]:  # fmt: skip
    """The bridge of a month from the reports of that month."""
    given = {
        b["enterprise"]: {s: reading.sane(v) for s, v in b["energy_factors"].items()} for b in case["park"]["bridge"]
    }
    rows: dict[str, Statutory] = {}
    for line in reports.lines:
        place = CROSSWALK[line.category]
        if line.period != one.month or not place.statutory or (line.biogenic and line.gas == "CO2"):
            continue
        amount = line.tonnes * library.gwp(gas=line.gas, gwp_set=method.gwp_set).value
        old = rows.get(line.enterprise) or Statutory(
            line.enterprise, Decimal(0), Decimal(0), given.get(line.enterprise, {})
        )
        direct = old.direct + (amount if place.ghg_scope == "1" else 0)
        rows[line.enterprise] = Statutory(line.enterprise, old.total + amount, direct, old.energy_factors)
    return asdict(bridge(network=one.network, ledgers=one.ledgers, reports=rows, weights=weights))
