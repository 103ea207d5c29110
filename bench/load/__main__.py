"""`python -m bench.load PLAN RESULT WARMUP SECONDS CONNECTIONS PID[,PID…]`: one run in a process of its own."""

import gc
import sys
from pathlib import Path

import msgspec

from bench.load.client import Client
from bench.load.plan import read_plan


def main(arguments: list[str]) -> None:
    """Run a plan and write its tally."""
    plan, result, warmup, seconds, connections, roots = arguments
    client = Client(read_plan(Path(plan)), int(connections))
    gc.freeze()
    gc.disable()
    tally = client.run(float(warmup), float(seconds), [int(pid) for pid in roots.split(",")])
    client.close()
    Path(result).write_bytes(msgspec.msgpack.encode(tally))


if __name__ == "__main__":
    main(sys.argv[1:])
