"""The supervisor, with real processes: small shell scripts."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kairan_provisioning.stack import processes
from kairan_provisioning.stack.errors import StackError
from kairan_provisioning.stack.processes import Part, Supervisor


def _part(folder: Path, script: str) -> Part:
    return Part(name="osaka/part", command=["/bin/sh", "-c", script], log=folder / "part.out")


async def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_part_that_dies_is_started_again_and_its_last_line_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        told: list[str] = []
        supervisor = Supervisor(told.append)
        part = _part(tmp_path, f"echo run >> {tmp_path}/runs; echo the disk is on fire; exit 3")
        supervisor.start(part)
        await _until(lambda: len(told) >= 2)
        await supervisor.stop()
        assert (tmp_path / "runs").read_text().count("run") >= 2
        assert "exit 3" in told[0]
        assert "the disk is on fire" in told[0]
        # The waits grow.
        assert "0.5 s" in told[0]
        assert "1 s" in told[1]

    asyncio.run(run())


def test_a_part_that_ends_before_it_answers_ends_the_start(tmp_path: Path) -> None:
    async def run() -> None:
        supervisor = Supervisor(lambda _: None)
        part = _part(tmp_path, "echo unknown setting; exit 1")
        supervisor.check_starting(part)
        supervisor.start(part)

        def refused() -> bool:
            try:
                supervisor.check_starting(part)
            except StackError as error:
                assert error.exit_code == 1
                assert "unknown setting" in str(error)
                return True
            return False

        await _until(refused)
        await supervisor.stop()

    asyncio.run(run())


def test_stopping_ends_a_part_and_what_it_started(tmp_path: Path) -> None:
    async def run() -> None:
        supervisor = Supervisor(lambda _: None)
        supervisor.start(_part(tmp_path, f"sleep 600 & echo $! > {tmp_path}/child; trap 'exit 0' TERM; wait"))
        await _until(lambda: (tmp_path / "child").exists() and bool((tmp_path / "child").read_text().strip()))
        (parent,) = supervisor.pids().values()
        child = int((tmp_path / "child").read_text())
        assert _lives(parent)
        assert _lives(child)
        await supervisor.stop()
        assert not _lives(parent)
        await _until(lambda: not _lives(child))

    asyncio.run(run())


def test_a_part_that_ignores_the_request_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE", 0.3)

    async def run() -> None:
        supervisor = Supervisor(lambda _: None)
        supervisor.start(_part(tmp_path, f"trap '' TERM; touch {tmp_path}/deaf; while :; do sleep 600; done"))
        await _until(lambda: (tmp_path / "deaf").exists())
        (pid,) = supervisor.pids().values()
        await supervisor.stop()
        assert not _lives(pid)

    asyncio.run(run())


_SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from kairan_provisioning.stack.processes import Part, Supervisor

async def run():
    folder = Path(sys.argv[1])
    script = f"echo $$ > {folder}/pid.new; mv {folder}/pid.new {folder}/pid; exec sleep 600"
    Supervisor(print).start(Part(name="part", command=["/bin/sh", "-c", script], log=folder / "part.out"))
    await asyncio.Event().wait()

asyncio.run(run())
"""


def test_nothing_survives_the_killing_of_the_supervisor(tmp_path: Path) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", _SUPERVISOR, tmp_path])
    deadline = time.monotonic() + 20
    while not (tmp_path / "pid").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    part = int((tmp_path / "pid").read_text())
    assert _lives(part)
    supervisor.kill()
    supervisor.wait()
    while _lives(part):
        assert time.monotonic() < deadline
        time.sleep(0.02)
