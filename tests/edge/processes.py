"""Programs that a test starts and ends, each in a process of its own."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE = 90.0
"""Seconds until something that should happen counts as broken: these tests share their machine with others."""


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that were free just now."""
    sockets = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait_for(condition: Callable[[], bool], what: Callable[[], str]) -> None:
    """Until the condition holds, or fail with what was waited for."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what()}"
        time.sleep(0.05)


def listens(port: int, address: str = HOST) -> bool:
    """Whether a connection to this port is taken."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex((address, port)) == 0


@contextmanager
def running(
    command: Sequence[str | Path], log: Path, ports: Sequence[int], address: str = HOST
) -> Iterator[subprocess.Popen[bytes]]:
    """A process, listening on these TCP ports, that ends with the context; what it writes is added to `log`.

    It leads a process group, which a test may stop and let go on.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )

    def ready() -> bool:
        assert process.poll() is None, f"{command[0]} ended:\n{log.read_text(errors='replace')[-3000:]}"
        return all(listens(port, address) for port in ports)

    try:
        wait_for(ready, lambda: f"{command[0]} on {ports}:\n{log.read_text(errors='replace')[-3000:]}")
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        if process.poll() is None:
            # What a test has stopped hears nothing until it goes on.
            os.killpg(process.pid, signal.SIGCONT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
