"""`make run` and signals: make hands SIGTERM on to what it runs, but neither SIGINT nor its own death.

A terminal sends Ctrl-C to both. Whoever sends SIGINT to make alone would wait for ever: make does too, for us.
"""

import asyncio
import os
import signal
from pathlib import Path

_INTERVAL = 0.25
"""Seconds between two looks."""


async def interrupted() -> None:
    """Return once the make that started us was interrupted or is gone; never, where no make did."""
    parent = os.getppid()
    if _name(parent) not in ("make", "gmake"):
        await asyncio.Event().wait()
    # Started in the background by a script, it ignores SIGINT from the beginning; only its death counts then.
    caught = _catches_interrupts(parent)
    while os.getppid() == parent and _catches_interrupts(parent) == caught:  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(_INTERVAL)


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _catches_interrupts(pid: int) -> bool:
    """Whether a process has its own handler for SIGINT. make has, until the signal comes."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    mask = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
    return bool(int(mask, 16) >> (signal.SIGINT - 1) & 1)
