"""People who write and read all the time, and keep trying as clients do, so that a test can cut in between."""

import ctypes
import os
import ssl
import threading
import time
from pathlib import Path
from typing import Any, Final

import httpx

from tests.edge.nginx import Edge, Side

POLL: Final = 5.0
"""Seconds of a long poll."""

GIVE_UP: Final = 8.0
"""Seconds until a client takes a request that is not answered for lost."""

AGAIN: Final = 0.2
"""Seconds until it tries again."""

_NEW_NETWORK: Final = 0x40000000


class Talker(threading.Thread):
    """Somebody on one side of the edge. A failure is nothing to them but a reason to try again."""

    def __init__(self, edge: Edge, side: Side, token: str, room: str, namespace: str | None = None) -> None:
        super().__init__(daemon=True)
        self.failures = 0
        self._room = room
        self._ended = threading.Event()
        self._side = side
        self._namespace = namespace
        self._client = httpx.Client(
            base_url=f"https://{side.address}:{side.port}/_matrix/client/v3",
            headers={"Authorization": f"Bearer {token}", "Host": side.name},
            verify=ssl.create_default_context(cafile=edge.authority.path),
            timeout=GIVE_UP,
            trust_env=False,
        )

    def stop(self) -> None:
        """Come to an end soon."""
        self._ended.set()

    def run(self) -> None:
        """Begin in the network where this person is, and go on until stopped."""
        if self._namespace is not None:
            enter(self._namespace)
        while not self._ended.is_set():
            try:
                self.step()
            except httpx.HTTPError:
                self.failures += 1
                self._ended.wait(AGAIN)
        self._client.close()

    def step(self) -> None:
        """Ask once. Raises `httpx.HTTPError` where that did not work, and is called again."""
        raise NotImplementedError

    def ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """A request, answered with 200."""
        answer = self._client.request(method, path, extensions={"sni_hostname": self._side.name}, **options)
        content: dict[str, Any] = answer.raise_for_status().json()
        return content


class Reader(Talker):
    """Reads by long polls. `read` has when each message came (monotonic), in their order; `twice` what came again.

    `polled` is set when the first answer is there and the first long poll begins.
    """

    chosen = '{"room":{"timeline":{"limit":1000}}}'

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.read: dict[str, float] = {}
        self.twice: list[str] = []
        self.polled = threading.Event()
        self._since: str | None = None

    def step(self) -> None:
        """One poll."""
        query = {"timeout": str(int(POLL * 1000)), "filter": self.chosen}
        answer = self.ask("GET", "/sync", params=query | ({"since": self._since} if self._since else {}))
        now = time.monotonic()
        room = answer.get("rooms", {}).get("join", {}).get(self._room, {})
        for event in room.get("timeline", {}).get("events", []):
            body = event["content"].get("body")
            if event["type"] == "m.room.message":
                if body in self.read:
                    self.twice.append(body)
                self.read.setdefault(body, now)
        self._since = answer["next_batch"]
        self.polled.set()


class Waiter(Reader):
    """Has a long poll open, and hears nothing: no room is of interest."""

    chosen = '{"room":{"rooms":[]},"presence":{"types":[]},"account_data":{"types":[]}}'


class Writer(Talker):
    """Writes messages, each with a number of its own, and waits for `pause` seconds after each that is sent.

    `begun` and `done` have when (monotonic).
    """

    def __init__(self, *arguments: Any, name: str, pause: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.begun: dict[str, float] = {}
        self.done: dict[str, float] = {}
        self._name = name
        self._pause = pause

    def step(self) -> None:
        """Send the message that is next, or again."""
        body = f"{self._name}-{len(self.done)}"
        self.begun.setdefault(body, time.monotonic())
        path = f"/rooms/{self._room}/send/m.room.message/{body}"
        self.ask("PUT", path, json={"msgtype": "m.text", "body": body})
        self.done[body] = time.monotonic()
        self._ended.wait(self._pause)


def enter(namespace: str) -> None:
    """Move the running thread into a named network namespace; what it connects from now on connects from there."""
    descriptor = os.open(Path("/run/netns") / namespace, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, _NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), f"setns {namespace}")
    finally:
        os.close(descriptor)
