"""From entries to lines: one entry is computed by the file that knows its kind. A bad entry stops nothing but itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from accounting.carbon.domain import combustion, disposal, energy, flare, measured, petrochemical, process
from accounting.carbon.domain.energy import Certificate
from accounting.carbon.domain.kinds import Entry, Setting
from accounting.carbon.domain.lines import Bounds, Line, UnknownKind
from parks.catalogue.domain.errors import PlatformError

Builder = Callable[..., tuple[Line, ...]]
BUILDERS: dict[str, Builder] = {
    **dict.fromkeys(("combustion", "combustion_gas"), combustion.lines),
    **dict.fromkeys(petrochemical.KINDS, petrochemical.lines),
    **dict.fromkeys(process.KINDS, process.lines),
    **dict.fromkeys(flare.KINDS, flare.lines),
    **dict.fromkeys(measured.KINDS, measured.lines),
}
KINDS = frozenset((*BUILDERS, *energy.KINDS, *disposal.KINDS))


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that could not be used, and why."""

    entry: str
    error: PlatformError


@dataclass(frozen=True, slots=True)
class Ledger:
    """What came of the entries of one enterprise and period."""

    lines: tuple[Line, ...]
    bounds: tuple[Bounds, ...] = ()
    refused: tuple[Refused, ...] = ()
    retired: frozenset[str] = field(default_factory=frozenset)  # certificates used

    @property
    def complete(self) -> bool:
        return not self.bounds and not self.refused


def computed(
    *, entries: Iterable[Entry], setting: Setting, certificates: Mapping[str, Sequence[Certificate]] | None = None,
    retired: frozenset[str] = frozenset(),
) -> Ledger:  # fmt: skip
    """Compute all entries; what cannot be used is listed with its reason.

    Args:
        certificates: by id of the electricity entry that they cover.
        retired: certificates that earlier ledgers used.
    """
    lines: list[Line] = []
    bounds: list[Bounds] = []
    refused: list[Refused] = []
    used = set(retired)
    for entry in entries:
        try:
            found, open_question = of_entry(
                entry=entry, setting=setting, certificates=(certificates or {}).get(entry.id, ()), retired=used
            )
        except PlatformError as error:
            refused.append(Refused(entry.id, error))
            continue
        lines += found
        bounds += [open_question] if open_question is not None else []
    return Ledger(tuple(lines), tuple(bounds), tuple(refused), frozenset(used))


def of_entry(
    *, entry: Entry, setting: Setting, certificates: Sequence[Certificate], retired: set[str]
) -> tuple[tuple[Line, ...], Bounds | None]:
    """Lines and open question of one entry.

    Raises:
        UnknownKind: no file knows this kind.
    """
    if entry.kind in disposal.KINDS:
        return disposal.lines(entry=entry, setting=setting)
    if entry.kind in energy.KINDS:
        return energy.lines(entry=entry, setting=setting, certificates=certificates, retired=retired), None
    builder = BUILDERS.get(entry.kind)
    if builder is None:
        raise UnknownKind(f"Line {entry.id}: there is no kind {entry.kind}.", line=entry.id, kind=entry.kind)
    return builder(entry=entry, setting=setting), None
