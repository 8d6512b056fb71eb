"""Factors of all products by bw2calc. Run by the Python of the peers' environment: `lca.py SYSTEMS.npz ANSWER.npz`.

The systems are `delivered x phi - flows @ phi = own`, numbered from 0: `delivered_0`, `to_0`, `from_0`, `value_0` and
`own_0` of shape (pools, gases), and so on.
"""

import json
import sys
import warnings
from time import perf_counter
from typing import Any

import bw2calc
import bw_processing as bwp
import numpy as np

FIRST_ACTIVITY, FIRST_GAS = 1_000_000, 2_000_000  # ids of bw2calc must not overlap


def package_of(*, delivered: Any, to: Any, source: Any, value: Any, own: Any) -> Any:
    """One system as a datapackage in memory. An activity makes its pool; what it takes from others is flipped in sign."""
    pools, gases = own.shape
    numbers = np.arange(pools)
    package = bwp.create_datapackage()
    rows = np.concatenate([numbers, source])
    columns = np.concatenate([numbers, to]) + FIRST_ACTIVITY
    package.add_persistent_vector(
        matrix="technosphere_matrix", name="technosphere", indices_array=indices(rows, columns),
        data_array=np.concatenate([delivered, value]), flip_array=np.arange(len(rows)) >= pools,
    )  # fmt: skip
    row, column = np.meshgrid(np.arange(gases) + FIRST_GAS, numbers + FIRST_ACTIVITY, indexing="ij")
    package.add_persistent_vector(
        matrix="biosphere_matrix", name="biosphere", indices_array=indices(row.ravel(), column.ravel()), data_array=own.T.ravel(),
    )  # fmt: skip
    for gas in range(gases):
        # The column of a characterisation is a place; there is but one here.
        place = indices(np.array([gas + FIRST_GAS]), np.zeros(1, dtype=int))
        package.add_persistent_vector(
            matrix="characterization_matrix", name=f"gas {gas}", indices_array=place,
            data_array=np.ones(1), global_index=0, identifier=["gas", str(gas)],
        )  # fmt: skip
    return package


def indices(rows: Any, columns: Any) -> Any:
    found = np.empty(len(rows), dtype=bwp.INDICES_DTYPE)
    found["row"], found["col"] = rows, columns
    return found


def scores_of(*, package: Any, pools: int, gases: int) -> tuple[Any, float, float]:
    """Scores (pools, gases) by the adjoint direction, seconds from data in memory, and seconds of solving again."""
    begin = perf_counter()
    calculation = bw2calc.FastScoresOnlyMultiLCA(
        demands={str(pool): {pool: 1.0} for pool in range(pools)},
        method_config={"impact_categories": [("gas", str(gas)) for gas in range(gases)]},
        data_objs=[package], direction="adjoint",
    )  # fmt: skip
    next(calculation)
    whole = perf_counter() - begin
    begin = perf_counter()
    calculation.calculate()
    return calculation.scores.values.T, whole, perf_counter() - begin


def main() -> None:
    warnings.simplefilter("ignore")
    given = np.load(sys.argv[1])
    found: dict[str, Any] = {}
    whole, solving = [], []
    count = sum(name.startswith("delivered_") for name in given.files)
    for number in range(count):
        delivered, to, source, value, own = (
            given[f"{name}_{number}"] for name in ("delivered", "to", "from", "value", "own")
        )
        package = package_of(delivered=delivered, to=to, source=source, value=value, own=own)
        found[f"phi_{number}"], took, again = scores_of(package=package, pools=own.shape[0], gases=own.shape[1])
        whole.append(took)
        solving.append(again)
    found["whole_s"], found["solving_s"] = np.array(whole), np.array(solving)
    np.savez(sys.argv[2], **found)
    way = "FastScoresOnlyMultiLCA, direction adjoint, PARDISO"
    print(json.dumps({"version": bw2calc.__version__, "way": way}))


if __name__ == "__main__":
    main()
