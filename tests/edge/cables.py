"""Ways in which one side of the edge is lost, and comes back. The edge of each side is an nginx of its own."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from attrs import frozen
from kairan.zones import Zone

from tests import packages
from tests.edge.nginx import Edge, running_nginx

NEAR, FAR = "198.18.77.1", "198.18.77.2"
"""The two ends of a cable: addresses that are set aside for tests (RFC 2544)."""


@frozen
class Cable:
    """What leads to one side: how to lose the side, how to have it back, and in which network its people are."""

    cut: Callable[[], None]
    mend: Callable[[], None]
    namespace: str | None = None


@contextmanager
def stopping(edge: Edge, zone: Zone) -> Iterator[Cable]:
    """The side's nginx is stopped: its connections end, and new ones are refused."""
    with ExitStack() as running:

        def start() -> None:
            running.enter_context(running_nginx(edge, "requests", "upstreams", zone.value))

        start()
        yield Cable(cut=running.close, mend=start)


@contextmanager
def hanging(edge: Edge, zone: Zone) -> Iterator[Cable]:
    """The side's nginx hangs: connections stay, in both directions, and nothing comes by them."""
    with running_nginx(edge, "requests", "upstreams", zone.value) as nginx:
        yield Cable(cut=lambda: os.killpg(nginx.pid, signal.SIGSTOP), mend=lambda: os.killpg(nginx.pid, signal.SIGCONT))


@contextmanager
def unplugging(edge: Edge, zone: Zone) -> Iterator[Cable]:
    """The side's people are in a network of their own, and the cable to it is pulled out."""
    packages.require("iproute2")
    if os.geteuid() != 0:
        pytest.skip("only root may lay a cable between two network namespaces")
    namespace, near, far = f"kairan-{os.getpid()}", f"kn{os.getpid()}"[:15], f"kf{os.getpid()}"[:15]
    _ip("netns", "add", namespace)
    try:
        _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", namespace)
        _ip("address", "add", f"{NEAR}/30", "dev", near)
        _ip("-n", namespace, "address", "add", f"{FAR}/30", "dev", far)
        _ip("-n", namespace, "link", "set", far, "up")
        _ip("link", "set", near, "up")
        with running_nginx(edge, "requests", "upstreams", zone.value):
            yield Cable(
                cut=lambda: _ip("link", "set", near, "down"),
                mend=lambda: _ip("link", "set", near, "up"),
                namespace=namespace,
            )
    finally:
        # Its end of the cable goes with it, and so does ours.
        _ip("netns", "delete", namespace)


def _ip(*arguments: str) -> None:
    program = shutil.which("ip") or "/usr/sbin/ip"
    subprocess.run([program, *arguments], check=True, capture_output=True)
