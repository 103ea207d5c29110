"""`python -m bench NAME OPTIONS`: the names stand below."""

import sys
from importlib import import_module

BENCHES = (
    "lookup",
    "pipeline",
    "hotpath",
    "instructions",
    "memory",
    "agreement",
    "gate",
    "timing",
    "browser",
    "posting",
    "attack",
    "replay",
    "ocr",
    "overload",
    "failover",
    "upload",
)


def main(arguments: list[str]) -> int:
    """Run the named bench."""
    if not arguments or arguments[0] not in BENCHES:
        print(f"usage: python -m bench {'|'.join(BENCHES)} [--help]", file=sys.stderr)
        return 2
    code: int = import_module(f"bench.{arguments[0]}").main(arguments[1:])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
