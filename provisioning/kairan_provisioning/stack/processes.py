"""Keeps processes running: starts them, restarts those that die, stops them all.

Each part leads its own process group, so that what it started stops with it, and is killed by the
system should this process be killed (Linux only).
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from kairan_provisioning.stack.errors import StackError

_PR_SET_PDEATHSIG = 1

FIRST_WAIT = 0.5
"""Seconds before the first restart; each further one waits twice as long."""

LONGEST_WAIT = 30.0
"""Seconds between restarts at most."""

STEADY_AFTER = 60.0
"""Seconds after which a part counts as running well, so that its next restart is a first one again."""

GRACE = 10.0
"""Seconds that parts have to stop by themselves before they are killed."""


@frozen
class Part:
    """One process of the stack. `log` takes its output, anew at each start; `also_read` is where it logs itself."""

    name: str
    command: Sequence[str]
    log: Path
    also_read: Path | None = None
    environment: Mapping[str, str] = field(factory=dict)

    def last_words(self) -> str:
        """The last line that it wrote before it ended, or an empty text."""
        for path in (self.log, self.also_read):
            line = _last_line(path) if path else ""
            if line:
                return line
        return ""


class Supervisor:
    """Runs parts until it is stopped. `tell` takes a line for the person at the terminal (Japanese / English)."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        self._ends: dict[str, list[int]] = {}
        """The exit codes of each part, below zero for a signal."""

    def start(self, part: Part) -> None:
        """Start a part and keep it running. Returns at once."""
        self._tasks.append(asyncio.create_task(self._keep_running(part), name=part.name))

    def pids(self) -> dict[str, int]:
        """The process id of each part that runs now."""
        return {name: process.pid for name, process in self._running.items()}

    def check_starting(self, part: Part) -> None:
        """Raise `StackError` where a part that has not answered yet ended by itself, or was killed twice.

        What ends by itself (a setting that it refuses, say) would do so again.
        """
        codes = self._ends.get(part.name, [])
        if len(codes) > 1 or any(code > 0 for code in codes):
            raise StackError(
                f"{part.name} を起動できません。",
                f"{part.name} does not start: {part.last_words()} ({part.log})",
                exit_code=1,
            )

    async def stop(self) -> None:
        """Ask every part to stop, and kill those that have not after `GRACE` seconds."""
        self._stopping.set()
        for process in self._running.values():
            _signal_group(process, signal.SIGTERM)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE)
            self.kill()
            await asyncio.wait(self._tasks)

    def kill(self) -> None:
        """Kill every part and all that it started, now."""
        self._stopping.set()
        for process in self._running.values():
            _signal_group(process, signal.SIGKILL)

    async def _keep_running(self, part: Part) -> None:
        wait = FIRST_WAIT
        clock = asyncio.get_running_loop().time
        while not self._stopping.is_set():
            started = clock()
            code = await self._run(part)
            if self._stopping.is_set():
                return
            self._ends.setdefault(part.name, []).append(code)
            if clock() - started > STEADY_AFTER:
                wait = FIRST_WAIT
            self._tell(
                f"{part.name} が終了したため {wait:g} 秒後に再起動します"
                f" / {part.name} ended ({_reason(code)}), restarting in {wait:g} s: {part.last_words()}"
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _run(self, part: Part) -> int:
        with part.log.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *part.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **part.environment},
                start_new_session=True,
                preexec_fn=_die_with_parent(os.getpid()),
            )
        self._running[part.name] = process
        if self._stopping.is_set():
            # The stop came while the process was being made, and did not see it.
            _signal_group(process, signal.SIGTERM)
        try:
            return await process.wait()
        finally:
            if process.returncode is not None:
                # Its children are in its group; they must not outlive it.
                _signal_group(process, signal.SIGKILL)
                del self._running[part.name]


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    """What a new process does first so that the kernel kills it when `parent` dies; None off Linux."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def _signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _reason(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit {code}"


def _last_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 4096))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
