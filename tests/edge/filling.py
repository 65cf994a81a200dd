"""The folders of `configs/` with places for values, filled by the shipped command."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

CONFIGS = Path(__file__).parents[2] / "configs"

Values = dict[str, dict[str, object]]
"""By section and key."""


def example_values(folder: str) -> Values:
    """The values of a folder's example."""
    content: Values = tomllib.loads((CONFIGS / folder / "values.example.toml").read_text(encoding="utf-8"))
    return content


def write_values(path: Path, values: Mapping[str, Mapping[str, object]]) -> Path:
    """Write a file of values; returns its path."""
    lines = [
        line
        for section, content in values.items()
        for line in (f"[{section}]", *(f"{key} = {json.dumps(str(value))}" for key, value in content.items()))
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def fill(folder: str, values: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Run the shipped command for a folder of `configs/`."""
    return subprocess.run(
        [sys.executable, CONFIGS / "fill.py", CONFIGS / folder, values, target],
        capture_output=True,
        text=True,
        check=False,
    )
