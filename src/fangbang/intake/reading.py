"""The process that reads XLSX and DBF files: `python -m fangbang.intake.reading`, started by `sheet_source.py`.

The file comes as standard input, the answer goes to standard output; before anything of the file is read the process
has bound itself to so much memory and CPU time, and can no longer write a file. The answer is a line of JSON (a
problem, or the sheets' names, headers and warnings), then for each sheet two Arrow streams: rows and flaws.
"""

import json
import resource
import sys
from typing import Any

from fangbang.core.errors import FangbangError, told_params
from fangbang.intake.limits import Limits
from fangbang.intake.problems import BROKEN_DBF, BROKEN_WORKBOOK, TOO_COSTLY

ROWS = "rows"


def bind(limits: Limits) -> None:
    """No more than this from now on. An interrupted reader leaves no memory image behind."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(order: dict[str, Any]) -> None:
    """Read standard input as the order says."""
    limits = Limits(**order["limits"])
    bind(limits)
    import pyarrow as pa

    from fangbang.intake.dbase import read_dbase
    from fangbang.intake.workbook import read_workbook

    pa.set_cpu_count(1)
    name, stream = order["name"], open(0, "rb")  # noqa: SIM115  # standard input, not a path
    out: Any = sys.stdout.buffer
    try:
        if order["format"] == "xlsx":
            sheets = read_workbook(stream, name, limits, tuple(order["sheets"]))
        else:
            sheets = read_dbase(stream, name, limits)
    except FangbangError as error:
        out.write(
            json.dumps({"problem": error.code, "params": told_params(error.params)}, default=str).encode() + b"\n"
        )
        return
    except MemoryError:
        out.write(json.dumps({"problem": TOO_COSTLY.code, "params": {"file": name, "what": "memory"}}).encode() + b"\n")
        return
    except Exception as error:  # noqa: BLE001  # whatever a parser raises on a hostile file
        problem = BROKEN_WORKBOOK if order["format"] == "xlsx" else BROKEN_DBF
        told = {"problem": problem.code, "params": {"file": name, "reason": type(error).__name__}}
        out.write(json.dumps(told).encode() + b"\n")
        return
    heads = [{"name": sheet.name, "header": sheet.header, "warnings": sheet.warnings} for sheet in sheets]
    out.write(json.dumps({"sheets": heads}).encode() + b"\n")
    for sheet in sheets:
        for table in (sheet.table.append_column(ROWS, sheet.rows), sheet.flaws):
            with pa.ipc.new_stream(out, table.schema) as writer:
                writer.write_table(table, max_chunksize=65_536)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
