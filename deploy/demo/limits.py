"""Limits of the demonstration's permits: those of the limit catalogue, with the standard as their source."""

from deploy.demo.facts import Limit
from deploy.demo.profiles import FURNACE, PROFILES, STANDARDS
from deploy.demo.tables import limit_rows

FALLBACK = ("GB 16297-1996", "new source")
INDIRECT, DIRECT = ("GB 8978-1996", "table 4, third class"), ("GB 31571-2015", "direct discharge")
AREA = "GENERAL"
AGREED = "园区污水处理厂纳管协议"
PERIODS = ("HOUR", "DAY")


class LimitBook:
    """The limit catalogue by standard, outlet class, pollutant and averaging period."""

    def __init__(self) -> None:
        self._rows = {
            (r["standard"], r["outlet_class"], r["pollutant_code"], r["averaging"]): r
            for r in limit_rows()
            if r["area_class"] == AREA and r["pollutant_code"] and r["unit"] != "kg/h"
        }

    def find(self, classes: tuple[tuple[str, str], ...], factor: str, *, with_o2: bool) -> list[Limit]:
        """Limits of the first of several outlet classes that knows the factor."""
        for standard, outlet_class in classes:
            found = [
                limit_of(row, factor, period, with_o2)
                for period in PERIODS
                if (row := self._rows.get((standard, outlet_class, factor, period))) is not None
            ]
            if found:
                return found
        return []


def limit_of(row: dict[str, str], factor: str, period: str, with_o2: bool) -> Limit:
    source = f"{row['standard']} {row['outlet_class']}"
    minimum = float(row["minimum"]) if row["minimum"] else None
    reference = float(row["reference_o2"]) if row["reference_o2"] and with_o2 else None
    return Limit(factor, period, float(row["limit"]), minimum, row["unit"], reference, source)


def stack_limits(book: LimitBook, profile: str, standard: str, species: dict[str, float]) -> tuple[Limit, ...]:
    """Limits of a stack: its own class first, the general standard where that one says nothing."""
    kind = PROFILES[profile]
    names = (standard,) if standard else kind.standards
    classes = (*(STANDARDS[name] for name in names), FALLBACK)
    if kind.reference_o2 is not None:
        classes = classes[:-1]  # a combustion standard is complete; another reference oxygen must not mix in
    factors = [f for f in (*kind.typical, *species) if f != FURNACE]
    return tuple(
        limit for factor in factors for limit in book.find(classes, factor, with_o2=kind.reference_o2 is not None)
    )


def water_limits(book: LimitBook, slug: str) -> tuple[Limit, ...]:
    """Direct discharge for the treatment works, discharge into its sewer for all others."""
    if slug == "wwtp":
        factors = ("w01001", "w01012", "w01018", "w21003", "w21001", "w21011")
        return tuple(limit for f in factors for limit in book.find((DIRECT,), f, with_o2=False))
    limits = [limit for f in ("w01001", "w01018") for limit in book.find((INDIRECT,), f, with_o2=False)]
    return (*limits, Limit("w21003", "DAY", 35.0, None, "mg/L", None, AGREED))
