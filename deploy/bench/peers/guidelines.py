"""Defaults and equations of bonsai-ipcc. JSON on standard input: rows to look up and equations to compute.

`rows`: [table, {column: value}] each; the answer is the value and unit of the default of that row. `equations`: [module,
function, {argument: number}] each. Tables are read as files, because the whole data package takes half a minute to load.
"""

import csv
import json
import sys
from functools import cache
from importlib.metadata import distribution
from typing import Any

from bonsai_ipcc.industry.chemical import elementary as chemical
from bonsai_ipcc.waste.incineration import elementary as incineration
from bonsai_ipcc.waste.wastewater import elementary as wastewater

MODULES: dict[str, Any] = {"chemical": chemical, "incineration": incineration, "wastewater": wastewater}


@cache
def table(name: str) -> list[dict[str, str]]:
    path = distribution("bonsai-ipcc").locate_file(f"bonsai_ipcc/data/{name}.csv")
    with open(str(path), newline="") as file:
        return list(csv.DictReader(file))


def looked_up(name: str, keys: dict[str, str]) -> list[str]:
    wanted = {"property": "def", **keys}
    rows = [row for row in table(name) if wanted.items() <= row.items()]
    if len({row["value"] for row in rows}) != 1:
        raise LookupError(f"{len(rows)} rows of {name} fit {keys}")
    return [rows[0]["value"], rows[0]["unit"]]


def main() -> None:
    given = json.load(sys.stdin)
    rows = [looked_up(name, keys) for name, keys in given["rows"]]
    results = [getattr(MODULES[module], function)(**arguments) for module, function, arguments in given["equations"]]
    print(json.dumps({"rows": rows, "results": results}))


if __name__ == "__main__":
    main()
