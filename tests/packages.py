"""What tests need of the machine beyond Python: Debian packages, each with the way to see whether it is there.

A test that needs a missing one is skipped, and a closing line names the packages; where `CI=true` it fails.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

POSTGRESQL_PROGRAMS = ("initdb", "postgres")


def postgresql_programs() -> Path | None:
    """The folder with the server programs of the newest PostgreSQL here: Debian keeps them off the PATH."""
    versions = sorted(
        (path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()),
        key=lambda path: int(path.parent.name),
        reverse=True,
    )
    on_path = shutil.which("postgres")
    candidates = [*versions, *([Path(on_path).parent] if on_path else [])]
    return next((c for c in candidates if all((c / program).exists() for program in POSTGRESQL_PROGRAMS)), None)


def _program(name: str) -> Callable[[], bool]:
    # Servers stand in folders that are not on everybody's PATH.
    return lambda: any(shutil.which(name, path=path) for path in (None, "/usr/sbin"))


PRESENT: dict[str, Callable[[], bool]] = {
    "chromium": _program("chromium"),
    "coturn": _program("turnserver"),
    "fonts-noto-cjk": lambda: any(Path("/usr/share/fonts").glob("**/NotoSansCJK*")),
    "iproute2": _program("ip"),
    "nginx": _program("nginx"),
    "postgresql": lambda: postgresql_programs() is not None,
    "redis-server": _program("redis-server"),
}
"""How to see whether a package's content is here, however it came."""

missed: set[str] = set()
"""The packages for want of which a test was skipped or failed in this run."""


def require(*packages: str) -> None:
    """Skip the test that asks, or fail it where `CI=true`, unless all these Debian packages are here.

    Raises:
        KeyError: a package that is not in the table above.
    """
    missing = [package for package in packages if not PRESENT[package]()]
    if not missing:
        return
    missed.update(missing)
    reason = f"needs the Debian packages: {' '.join(missing)}"
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def in_ci() -> bool:
    """Whether everything has to be there."""
    return os.environ.get("CI") == "true"
