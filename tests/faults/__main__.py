"""`./dev faults [--moments N] [--seed N] [--database postgresql] [--json] [--record]`: rounds so far on stderr."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench.machine import describe
from bench.results import record_faults
from tests.faults.sweep import run


def main() -> None:
    """Kill, and say how often and at what."""
    parser = argparse.ArgumentParser(prog="./dev faults", description=__doc__)
    parser.add_argument("--moments", type=int, default=200, help="rounds, of seven random moments each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite", help="of the office")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--record", action="store_true", help="append to bench/RESULTS.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fangbang-faults-") as folder:
        told = run(Path(folder), given.moments, given.seed, given.database, lambda line: print(line, file=sys.stderr))
    told["machine"] = describe()
    if given.record:
        record_faults(told)
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
