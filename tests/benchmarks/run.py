"""Measures what was promised and prints it as a Markdown table.

python tests/benchmarks/run.py          everything, some ten minutes
python tests/benchmarks/run.py search   one part
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

PARTS = {
    "exact": "Answers against brute-force `pyproj.Geod`",
    "search": "The index against its peers (k = 5 within 1 km)",
    "service": "`/api/nearest` on the server, 9,650 stations, 16 connections",
    "documents": "Documents and pages, 10,000 stations",
    "phone": "The answer without a network, in this machine's Chromium, 9,650 stations",
    "startup": "Start with 200,000 stations",
    "siting": "The best sites, 1 km radius, against `spopt`",
    "importing": "A list of 100,000 rows, `locator import`",
    "coverage": "Coverage of a city by 9,650 stations",
}


def main(names: list[str]) -> None:
    """Run the named parts, or all, and print each one's table as soon as it is there."""
    if unknown := set(names) - set(PARTS):
        sys.exit(f"There is no part {', '.join(unknown)}. Choose from: {', '.join(PARTS)}.")
    print(f"Measured {datetime.now(UTC):%Y-%m-%d} on {_machine()}. Ratios within one run; median and minimum.\n")
    for name in names or PARTS:
        print(f"### {PARTS[name]}\n\n| | median | minimum | goal | |\n|---|---|---|---|---|", flush=True)
        for figure in importlib.import_module(name).figures():
            print(figure.row(), flush=True)
        print(flush=True)


def _machine() -> str:
    """Name the processor, the cores and the Python."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main(sys.argv[1:])
