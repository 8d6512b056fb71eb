"""Frozen cases of plans and drives with a truth that is written out by hand; nothing here imports the engine."""

from typing import Any

import numpy as np

LON, LAT = 120.83, 33.25
METRES = 111_195.0  # of a degree
POINTS = [(x, y) for x in (0.0, 150.0, 300.0, 450.0) for y in (0.0, 120.0, 240.0)]
TRUE, KG_PER_S = 4, 0.02  # the point at (150, 120)


def at(east: float, north: float) -> dict[str, float]:
    return {"latitude": LAT + north / METRES, "longitude": LON + east / METRES / float(np.cos(np.radians(LAT)))}


def named(number: int, east: float, north: float, owner: int | None) -> dict[str, Any]:
    return {
        "id": str(number), "name": f"DA{number:03d}", "enterprise": "甲化工", "height_m": 3.0, "ground": "UNKNOWN", "owner": [None, owner], **at(east, north),
    }  # fmt: skip


def drive_case(
    *, seed: int = 1, side: float = 700.0, speed: float = 3.0, rate: float = KG_PER_S, owner: int | None = None, bumps: bool = False
) -> dict[str, Any]:  # fmt: skip
    """Forty minutes to and fro along x = `side`, wind from the west; the plume of one point by Briggs' rural D, 15 % wider, the vane 3 deg off.

    Args:
        bumps: rises that no point of the register can have caused.
    """
    rng, time, minutes = np.random.default_rng(seed), np.arange(2400, dtype=float), 60
    from_deg = 270 + 6 * np.sin(np.arange(minutes) / 2.0)
    north = 120 + 400 * (2 / np.pi) * np.arcsin(np.sin(2 * np.pi * time * 4 / 1600))
    de, dn = side - POINTS[TRUE][0], north - POINTS[TRUE][1]
    left = np.clip((time + 600 - np.hypot(de, dn) / 3.0) / 60, 0, minutes - 1).astype(int)
    toward = np.radians(from_deg[left] + 183.0)
    x, y = np.sin(toward) * de + np.cos(toward) * dn, np.cos(toward) * de - np.sin(toward) * dn
    down = np.maximum(x, 1.0)
    sy, sz = 1.15 * 0.08 * down / np.sqrt(1 + 1e-4 * down), 1.15 * 0.06 * down / np.sqrt(1 + 1.5e-3 * down)
    up = np.exp(-0.5 / sz**2) + np.exp(-12.5 / sz**2)  # from 3 m up to an inlet 2 m high
    clean = rate / (2 * np.pi * 3.0 * sy * sz) * np.exp(-(y**2) / 2 / sy**2) * up * (x > 0)
    rise = 60 * np.exp(-(((time % 800 - 400) / 40) ** 2)) if bumps else 0.0
    where = [at(side, n) for n in north]
    return {
        "format": "tongjian-drive/1", "title": "t", "substance": "a25002", "site": {**at(0.0, 0.0), "surroundings": "rural"},
        "wind": {
            "start": "2026-05-11T11:50:00+08:00", "step_s": 60, "height_m": 10.0, "speed_m_s": [speed] * minutes, "from_deg": (from_deg % 360).tolist(),
            "channels": [],
        },
        "candidates": [named(n, *place, owner) for n, place in enumerate(POINTS)],
        "track": {
            "start": "2026-05-11T12:00:00+08:00", "seconds": time.tolist(), "latitude": [one["latitude"] for one in where],
            "longitude": [one["longitude"] for one in where], "ug_m3": (5 + 1e9 * clean + rise + 1.5 * rng.standard_normal(len(time))).tolist(),
            "height_m": 2.0, "inlet_delay_s": 0.0, "receiver_lag_s": 0.0,
        },
        "options": {"seed": 1},
    }  # fmt: skip


def siting_case(*, owner: int | None = None, **changes: Any) -> dict[str, Any]:
    """A point in the middle; wind from the west for 60 hours, from the south for 30, calm for 10; a sensor to the east of it."""
    hours = [(3.0, 270.0)] * 60 + [(3.0, 180.0)] * 30 + [(0.1, 0.0)] * 10
    case: dict[str, Any] = {
        "format": "tongjian-siting/1", "substance": "a25002", "method": "m", "site": {**at(0.0, 0.0), "surroundings": "rural"}, "left_out": [],
        "wind": {"start": "2026-03-01T00:00:00+08:00", "speed_m_s": [v for v, _ in hours], "from_deg": [d for _, d in hours]},
        "candidates": [named(1, 0.0, 0.0, owner)], "standing": [{"id": "F1", "height_m": 3.0, **at(400, 0)}],
        "sites": [
            {"id": name, "kind": "FENCE", "height_m": 3.0, "cost": 1.0, **at(*where)}
            for name, where in {"N": (0, 400), "S": (0, -400), "W": (-400, 0)}.items()
        ],
        "budget": {"most": 1, "cost": None},
        "assumed": {
            "rate_kg_h": 36.0, "limit_ug_m3": 10.0, "often": 0.05, "apart": 0.5, "balance": 0.0, "calm_below_m_s": 0.5, "total_cloud_tenths": 5,
            "low_cloud_tenths": 3, "seconds": 5, "site_height_m": 3.0,
        },
    }  # fmt: skip
    return case | changes


MIX = ("a25002", "a25003", "a25005", "a25038", "a24053")
TRUE_PROFILES = {
    "east": (0.7, 0.2, 0.1, 0.0, 0.0),
    "west": (0.0, 0.1, 0.1, 0.6, 0.2),
    "everywhere": (0.1, 0.3, 0.4, 0.0, 0.2),
}


def mixture(*, hours: int = 360, seed: int = 3) -> tuple[Any, Any, Any, Any]:
    """Hours of five substances [ug/m3] from one source in the east, one in the west and one all around, five percent of noise.

    Returns:
        Values, shape (hours, 5); contributions, shape (hours, 3); speed [m/s]; bearing the wind comes from [deg], of twelve hours each.
    """
    rng = np.random.default_rng(seed)
    bearing = np.repeat(rng.choice([90.0, 180.0, 270.0], size=-(-hours // 12)), 12)[:hours]
    brought = np.column_stack([
        20 * rng.lognormal(0, 0.6, hours) * (bearing == 90), 15 * rng.lognormal(0, 0.6, hours) * (bearing == 270), 4 * rng.lognormal(0, 0.5, hours),
    ])  # fmt: skip
    values = brought @ np.array(list(TRUE_PROFILES.values())) * (1 + 0.05 * rng.standard_normal((hours, 5)))
    return np.maximum(values, 0.0), brought, np.full(hours, 3.0), bearing


def fingerprint_case(*, hours: int = 360, profiles: tuple[str, ...] = (), least: int = 2, most: int = 4, **options: Any) -> dict[str, Any]:  # fmt: skip
    """A frozen wish for factors of `mixture`; uncertainties by hand: limit 0.1 and ten percent."""
    values, _, speed, bearing = mixture(hours=hours)
    errors = np.where(values > 0.1, np.sqrt((0.1 * values) ** 2 + 0.05**2), 0.1 * 5 / 6)
    return {
        "format": "tongjian-fingerprints/1", "method": "LS-NMF", "title": "t", "start": "2026-05-01T00:00:00+08:00", "end": "2026-05-16T00:00:00+08:00",
        "step_s": 3600, "errors_source": "验收报告", "species": [{"code": code, "name": code, "name_en": code, "limit_ug_m3": 0.1, "fraction": 0.1} for code in MIX],
        "stations": [{
            "id": "F01", "name": "东厂界", "station": 1, "latitude": LAT, "longitude": LON, "channels": {code: n for n, code in enumerate(MIX, start=1)},
            "used": [True] * hours, "filled": 0, "ug_m3": {code: values[:, n].tolist() for n, code in enumerate(MIX)},
            "uncertainty_ug_m3": {code: errors[:, n].tolist() for n, code in enumerate(MIX)},
            "wind": {"station": "M01", "channels": {"a01007": 8, "a01008": 9}, "speed_m_s": speed.tolist(), "from_deg": bearing.tolist()},
        }],
        "profiles": [
            {
                "id": number, "name": name, "version": 1, "status": "UNVERIFIED", "source": "", "outlet": None, "outlet_code": "", "enterprise": "", "latitude": None, "longitude": None,
                "shares": dict(zip(MIX, TRUE_PROFILES[name], strict=True)), "deviations": {code: 0.1 * share for code, share in zip(MIX, TRUE_PROFILES[name], strict=True)},
            }
            for number, name in enumerate(profiles, start=1)
        ],
        "options": {
            "least_factors": least, "most_factors": most, "starts": 6, "seed": 1, "block_h": 12, "bootstrap_runs": 20, "bootstrap_steps": 400,
            "most_steps": 1500, "high_percentile": 75.0, "missing": "DROP",
        } | options,
    }  # fmt: skip
