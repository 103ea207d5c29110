"""`./dev faults [--moments N] [--seed N] [--database postgresql] [--json]`."""

import argparse
import json
import tempfile
from pathlib import Path

from tests.faults.sweep import run


def main() -> None:
    """Kill, and say how often and at what."""
    parser = argparse.ArgumentParser(prog="./dev faults", description=__doc__)
    parser.add_argument("--moments", type=int, default=200, help="random moments of each step")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite", help="of the office")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fangbang-faults-") as folder:
        told = run(Path(folder), given.moments, given.seed, given.database)
    if given.json:
        print(json.dumps(told))
        return
    for step, counts in told["kills"].items():
        print(f"{step:<10} {sum(counts.values()):>4} kills  {counts}")
    if "recoveries" in told:
        print(f"{'server':<10} {told['recoveries']:>4} of these kills hit the database server, which recovered")
    print(f"nothing acknowledged was lost, never half a release ({told['seconds']} s)")


if __name__ == "__main__":
    main()
