"""On what was measured."""

import os
import platform
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path

from kairan.people import today

from tests.packages import postgresql_programs


def machine_line() -> str:
    """The day, the machine and the versions of what ran on it, in one sentence."""
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    versions = {
        "Python": platform.python_version(),
        "Synapse": version("matrix-synapse"),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": _postgresql_version(),
    }
    return (
        f"Measured on {today().isoformat()}: {os.cpu_count()} cores ({model}), "
        f"{int(memory.split()[1]) / 2**20:.0f} GiB memory, load {os.getloadavg()[0]:.1f} at the end; "
        + ", ".join(f"{name} {number}" for name, number in versions.items())
        + "."
    )


def _postgresql_version() -> str:
    programs = postgresql_programs()
    if programs is None:
        return "none"
    answer = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return answer.stdout.split()[2]
