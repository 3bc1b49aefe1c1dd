"""Decode one file; the last line of standard output says how it went, as JSON."""

import importlib
import json
import sys
from pathlib import Path

from soc_monitor.decoding import jail
from soc_monitor.decoding.bounds import MEMORY, Refused

KINDS = {"geotiff": "geotiff", "netcdf": "netcdf", "table": "rows", "lines": "rows",
         "document": "rows", "features": "rows", "shapes": "vector",
         "workbook": "workbook"}  # fmt: skip


def main(arguments: list[str]) -> int:
    """``KIND FILE FOLDER CPU_S OPTIONS``: what a file says of itself, or the rule it breaks."""
    kind, source, folder, cpu_s, options = arguments
    jail.limit(int(cpu_s))
    try:
        decode = getattr(importlib.import_module(f"soc_monitor.decoding.{KINDS[kind]}"), kind)
        locks = jail.shut(Path(source), Path(folder))
        found = decode(Path(source), Path(folder), json.loads(options)) | {"locks": locks}
    except Refused as refusal:
        rule, what = refusal.args
        found = {"rule": rule, "found": what}
    except MemoryError:
        found = {"rule": "memory", "found": f"decoding needs more than {MEMORY} bytes"}
    print(json.dumps(found))  # noqa: T201  # the parent reads it
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
