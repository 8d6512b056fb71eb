"""Warming potentials of the package globalwarmingpotentials, by set and gas, as JSON."""

import json

import globalwarmingpotentials


def main() -> None:
    sets = {name: globalwarmingpotentials.data[f"{name}GWP100"] for name in ("SAR", "AR4", "AR5", "AR6")}
    print(json.dumps({name: {gas: str(value) for gas, value in values.items()} for name, values in sets.items()}))


if __name__ == "__main__":
    main()
