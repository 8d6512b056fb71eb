"""Roles, what each may do, and the scope of a viewer."""

from dataclasses import dataclass, field
from enum import Enum


class Role(Enum):
    PARK_ADMIN = "PARK_ADMIN"
    OFFICER = "OFFICER"
    REPORTER = "REPORTER"
    APPROVER = "APPROVER"
    AUDITOR = "AUDITOR"
    PUBLIC = "PUBLIC"

    @property
    def of_enterprise(self) -> bool:
        """Whether the role is held for one enterprise rather than for the park."""
        return self in (Role.REPORTER, Role.APPROVER)


class Capability(Enum):
    VIEW_PARK = "VIEW_PARK"
    VIEW_INTAKE = "VIEW_INTAKE"
    VIEW_AUDIT = "VIEW_AUDIT"
    VIEW_REPORTS = "VIEW_REPORTS"
    MANAGE_REGISTER = "MANAGE_REGISTER"
    MANAGE_PERMITS = "MANAGE_PERMITS"
    MANAGE_PEOPLE = "MANAGE_PEOPLE"
    MANAGE_TOKENS = "MANAGE_TOKENS"
    UPLOAD_DATA = "UPLOAD_DATA"
    APPROVE_DATA = "APPROVE_DATA"
    REPAIR_QUARANTINE = "REPAIR_QUARANTINE"
    ISSUE_REPORTS = "ISSUE_REPORTS"
    MANAGE_FACTORS = "MANAGE_FACTORS"
    APPROVE_FACTORS = "APPROVE_FACTORS"
    VERIFY_CARBON = "VERIFY_CARBON"
    TRACE_SOURCES = "TRACE_SOURCES"
    PLAN_SENSORS = "PLAN_SENSORS"
    EXPORT = "EXPORT"


C = Capability
GRANTS: dict[Role, frozenset[Capability]] = {
    Role.PARK_ADMIN: frozenset(Capability) - {C.APPROVE_DATA},
    Role.OFFICER: frozenset(
        {C.VIEW_PARK, C.VIEW_INTAKE, C.VIEW_REPORTS, C.MANAGE_REGISTER, C.MANAGE_PERMITS, C.UPLOAD_DATA,
         C.REPAIR_QUARANTINE, C.ISSUE_REPORTS, C.MANAGE_FACTORS, C.TRACE_SOURCES, C.EXPORT}
    ),
    Role.REPORTER: frozenset({C.VIEW_PARK, C.UPLOAD_DATA, C.EXPORT}),
    Role.APPROVER: frozenset({C.VIEW_PARK, C.APPROVE_DATA, C.MANAGE_TOKENS, C.EXPORT}),
    Role.AUDITOR: frozenset({C.VIEW_PARK, C.VIEW_INTAKE, C.VIEW_REPORTS, C.VIEW_AUDIT, C.APPROVE_FACTORS, C.VERIFY_CARBON, C.EXPORT}),
    Role.PUBLIC: frozenset(),
}  # fmt: skip


# What the scopes of a program's key allow.
TOKEN_GRANTS: dict[str, tuple[Capability, ...]] = {
    "observations:read": (C.VIEW_PARK, C.EXPORT),
    "observations:write": (C.UPLOAD_DATA,),
    "activity:read": (C.VIEW_PARK, C.EXPORT),
    "activity:write": (C.UPLOAD_DATA,),
    "inventories:read": (C.VIEW_PARK, C.EXPORT),
    "incidents:read": (C.VIEW_PARK,),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a viewer may see: every list starts here.

    `park_ids` are parks seen as a whole; `enterprise_ids` are single enterprises seen in `home_park_ids`.
    """

    user_id: int | None = None
    park_ids: frozenset[int] = frozenset()
    enterprise_ids: frozenset[int] = frozenset()
    home_park_ids: frozenset[int] = frozenset()
    capabilities: frozenset[Capability] = frozenset()
    by_park: dict[int, frozenset[Capability]] = field(default_factory=dict, hash=False, compare=False)
    key_scopes: frozenset[str] | None = None  # of a program's key; None for people

    @property
    def all_park_ids(self) -> frozenset[int]:
        return self.park_ids | self.home_park_ids

    def may(self, capability: Capability, *, park_id: int | None = None) -> bool:
        """Whether the viewer holds a capability, in one park when it is named."""
        if park_id is None:
            return capability in self.capabilities
        return capability in self.by_park.get(park_id, frozenset())


class LoadStep(Enum):
    """What a first load is at; its steps in order."""

    REGISTER = "REGISTER"
    HISTORY = "HISTORY"
    PROBLEMS = "PROBLEMS"


@dataclass(frozen=True, slots=True)
class Loading:
    """How far the first load of an installation has come.

    Its session carries this as its name, which every other session sees and which ends with it, however it ends: no row
    could outlive a load that died, and none would be seen from outside its transaction.
    """

    percent: int
    step: LoadStep

    @property
    def name(self) -> str:
        return f"{LOADING} {self.percent} {self.step.value}"

    @classmethod
    def of(cls, name: str) -> "Loading | None":
        """What a session of this name is loading; None for any other session."""
        match name.removeprefix(LOADING + " ").split(" "):
            case [percent, step] if name.startswith(LOADING) and percent.isdecimal() and step in LoadStep.__members__:
                return cls(int(percent), LoadStep(step))
        return None


LOADING = "tongjian loading"
