"""Starts `kairan stack up` as its own process, as a person would, and looks at it from outside."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from attrs import frozen

T = TypeVar("T")

PATIENCE = 180.0
"""Seconds until a stack that is not ready counts as broken: these tests share their machine with others."""

_BLOCK = 20
KAIRAN = Path(sys.executable).with_name("kairan")
"""The command."""


@frozen
class Account:
    """A sample account of `stack.json`."""

    server: str
    user_id: str
    password: str
    name: str
    organization: str | None
    section: str | None
    role: str


@frozen
class Server:
    """A server of `stack.json`."""

    name: str
    server_name: str
    prefecture: str
    lgwan: str
    internet: str
    web: Mapping[str, str]
    bot: str

    @property
    def internal(self) -> str:
        """The internal listener. It is not in `stack.json`, because people have no business there."""
        return f"http://127.0.0.1:{int(self.lgwan.rsplit(':', 1)[1]) + 2}"


class RunningStack:
    """A stack that was started with `home` and `port`; as a context it is stopped at the end."""

    def __init__(self, home: Path, port: int, *arguments: str) -> None:
        self.home = home
        self.port = port
        self.output: list[str] = []
        self._process = launch(home, port, *arguments)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "RunningStack":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.stop()

    @property
    def pid(self) -> int:
        """The process id of the command."""
        return self._process.pid

    @property
    def content(self) -> dict[str, Any]:
        """`stack.json` as it is."""
        content = json.loads((self.home / "stack.json").read_text(encoding="utf-8"))
        assert isinstance(content, dict)
        return content

    @property
    def servers(self) -> dict[str, Server]:
        """The servers by name."""
        return {row["name"]: Server(**row) for row in self.content["servers"]}

    @property
    def accounts(self) -> list[Account]:
        """The sample accounts."""
        return [Account(**row) for row in self.content["accounts"]]

    def account(self, server: str, organization: str | None = None, role: str = "staff", number: int = 0) -> Account:
        """The `number`th sample account that fits."""
        fitting = [
            account
            for account in self.accounts
            if account.server == server
            and account.role == role
            and (organization is None or account.organization == organization)
        ]
        return fitting[number]

    def wait_until_ready(self) -> "RunningStack":
        """Wait for the line that begins with `ready`."""
        self.wait_for_line(lambda line: line.startswith("ready"))
        return self

    def wait_for_line(self, wanted: Callable[[str], bool]) -> str:
        """Wait for a line of the output, whenever it was written."""

        def find() -> str | None:
            found = next((line for line in list(self.output) if wanted(line)), None)
            if found is None and self._process.poll() is not None and not self._reader.is_alive():
                raise AssertionError(f"the stack ended with {self._process.returncode}:\n{self.text}")
            return found

        return poll(find, f"the line in:\n{self.text}")

    @property
    def text(self) -> str:
        """All that it has written."""
        return "\n".join(self.output)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal, wait for the end and give the exit code."""
        self._process.send_signal(number)
        code = self._process.wait(30)
        self._reader.join(5)
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output.append(line.rstrip("\n"))


def launch(home: Path, port: int, *arguments: str) -> subprocess.Popen[str]:
    """Start the command; what it writes, errors too, comes out of `stdout`."""
    return subprocess.Popen(
        [KAIRAN, "stack", "up", *arguments],
        env={**os.environ, "KAIRAN_HOME": str(home), "KAIRAN_PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def refusal(home: Path, port: int | str, *arguments: str) -> tuple[int, list[str]]:
    """Start the command where it cannot run: its exit code and the lines of its standard error."""
    done = subprocess.run(
        [KAIRAN, "stack", "up", *arguments],
        env={**os.environ, "KAIRAN_HOME": str(home), "KAIRAN_PORT": str(port)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stderr.splitlines()


def free_block() -> int:
    """The first of 20 ports on which nobody listens, below those that the system gives out by itself."""
    for _ in range(200):
        first = random.randrange(12000, 31000, _BLOCK)  # noqa: S311
        if all(_is_free(port) for port in range(first, first + _BLOCK)):
            return first
    raise AssertionError("no 20 free ports in a row")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def processes_of(home: Path) -> dict[int, Sequence[str]]:
    """The command lines, by process id, of all that was started for this home and still runs."""
    mark = f"KAIRAN_HOME={home}".encode()
    found: dict[int, Sequence[str]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes().decode().rstrip("\0").split("\0")
        except OSError:
            continue
        if mark in environment and command != [""]:
            found[int(entry.name)] = command
    return found


def pid_of(home: Path, *words: str) -> int:
    """The one process of this home whose command line has all of `words` in it."""
    (pid,) = (
        pid
        for pid, command in processes_of(home).items()
        if all(any(word in argument for argument in command) for word in words)
    )
    return pid


def poll(ask: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """Ask until the answer is something."""
    deadline = time.monotonic() + patience
    while (answer := ask()) is None:
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)
    return answer
