"""pyELQ on generated releases. Run by its own Python: a case as JSON on standard input, rates and locations on standard output.

Fixed points with slab and spike, as it does best, or free points by reversible jumps; its temporal background; angular widths from
the turbulence of the case. Starts are its defaults or scattered over the site, never the truth.
"""

import json
import sys
from contextlib import redirect_stdout
from importlib.metadata import version
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pandas as pd
from pyelq.component.background import TemporalBackground
from pyelq.component.error_model import BySensor
from pyelq.component.offset import PerSensor
from pyelq.component.source_model import Normal, NormalSlabAndSpike
from pyelq.coordinate_system import ENU
from pyelq.dispersion_model.gaussian_plume import GaussianPlume
from pyelq.gas_species import CH4
from pyelq.meteorology.meteorology import Meteorology
from pyelq.model import ELQModel
from pyelq.sensor.sensor import Sensor, SensorGroup
from pyelq.source_map import SourceMap

ORIGIN = {"ref_latitude": 30.0, "ref_longitude": 120.0, "ref_altitude": 0.0}


def place(points: Any) -> Any:
    array = np.asarray(points, dtype=float).reshape(-1, 3)
    found = ENU(**ORIGIN)
    found.east, found.north, found.up = (array[:, i : i + 1] for i in range(3))
    return found


def weather_of(case: dict[str, Any], time: Any) -> Any:
    found = Meteorology()
    found.time = time
    found.wind_speed, found.wind_direction = np.array(case["speed"]), np.array(case["from_deg"])
    found.calculate_uv_from_wind_speed_direction()
    found.temperature = np.full(len(time), 293.15)
    found.pressure = np.full(len(time), 101.325)
    found.wind_turbulence_horizontal, found.wind_turbulence_vertical = (
        np.array(case["angle_h"]),
        np.array(case["angle_v"]),
    )
    return found


def source_model(case: dict[str, Any]) -> Any:
    sources = SourceMap()
    if not case["free"]:
        sources.location = place(case["candidates"])
        sources.prior_value = np.ones(len(case["candidates"]))
        model = NormalSlabAndSpike()
    else:
        low, high = np.array(case["candidates"]).min(axis=0), np.array(case["candidates"]).max(axis=0)
        sources.location = place(np.random.uniform(low, high, size=(5, 3)))
        model = Normal()
        model.reversible_jump = True
        model.site_limits = np.column_stack([low, high])
        model.random_walk_step_size = np.array([10.0, 10.0, 1.0], ndmin=2).T
    model.dispersion_model = GaussianPlume(source_map=sources)
    # Keep all points: its screening by coverage would drop those that are seldom upwind of a sensor.
    model.coverage_test_source = 1e6
    return model


def drawn(whole: Any, most: int = 200) -> list[list[list[float]]]:
    """East, north [m] and rate [kg/h] of every source there is, in some draws of the second half."""
    source = whole.components["source"]
    rates = np.asarray(source.emission_rate)
    east, north = (
        np.asarray(axis).reshape(rates.shape)
        for axis in (source.all_source_locations.east, source.all_source_locations.north)
    )
    some = np.unique(np.linspace(whole.n_iter // 2, whole.n_iter - 1, most).astype(int))
    return [np.column_stack([east[:, n], north[:, n], rates[:, n]])[np.isfinite(rates[:, n])].tolist() for n in some]


def main() -> None:
    case = json.load(sys.stdin)
    np.random.seed(case["seed"])
    time = pd.array(
        pd.date_range("2026-01-01", periods=len(case["speed"]), freq=f"{case['minutes']}min"), dtype="datetime64[ns]"
    )
    group = SensorGroup()
    for number, point in enumerate(case["sensors"]):
        known = np.array([v is not None for v in case["ppm"][number]])
        one = Sensor()
        one.label, one.location = f"S{number}", place(point)
        one.time = time[known]
        one.concentration = np.array([v for v in case["ppm"][number] if v is not None])
        group.add_sensor(one)
    whole = ELQModel(
        sensor_object=group, meteorology=weather_of(case, time), gas_species=CH4(), background=TemporalBackground(mean_bg=case["level"], initial_precision=1 / 0.003**2),
        source_model=source_model(case), error_model=BySensor(initial_precision=1 / 0.02**2), offset_model=PerSensor(initial_precision=1 / 0.05**2),
    )  # fmt: skip
    whole.n_iter = case["iterations"]
    begin, used = perf_counter(), process_time()
    with redirect_stdout(sys.stderr):  # the answer alone goes to standard output
        whole.initialise()
        whole.to_mcmc()
        ready = perf_counter() - begin
        whole.run_mcmc()
        whole.from_mcmc()
    took, processor = perf_counter() - begin, process_time() - used
    rates = np.asarray(whole.components["source"].emission_rate)[:, whole.n_iter // 2 :]
    print(json.dumps({
        "version": version("pyelq"), "seconds": took, "ready_s": ready, "values": sum(len(one.time) for one in group.values()), "q05": np.quantile(rates, 0.05, axis=1).tolist(),
        "processor_s": processor,
        "drawn": drawn(whole) if case["free"] else [], "q50": np.quantile(rates, 0.5, axis=1).tolist(), "q95": np.quantile(rates, 0.95, axis=1).tolist(),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
