"""The bridge as a process of its own, beside a homeserver with Kairan's modules, and a person to talk to it."""

import http.server
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx
from kairan.zones import Zone

from tests.homeserver.harness import HOST, Server

T = TypeVar("T")

PATIENCE = 40.0
"""Seconds until something that should happen counts as not happening."""


def eventually(look: Callable[[], T], what: str) -> T:
    """The first true value of `look`, or a failure that says what did not happen."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < deadline, f"it did not happen in {PATIENCE} s: {what}"
        time.sleep(0.05)
    return seen


def free_ports(count: int) -> list[int]:
    """Ports that are free and stay so while the bridge is down: not those that the system hands out by itself."""
    ports: list[int] = []
    while len(ports) < count:
        port = 20_000 + secrets.randbelow(12_000)
        with suppress(OSError), socket.create_server((HOST, port)):
            ports.append(port)
    return ports


class Bridge:
    """A bridge's configuration and, between `start` and `stop` or `kill`, its process.

    The registration can be read before the homeserver is there; `connect` tells the bridge where that is.
    """

    def __init__(self, folder: Path, server_name: str, database: str | None = None) -> None:
        self.folder = folder
        self.port, *self.web_ports = free_ports(3)
        self.as_token, self.hs_token = secrets.token_hex(), secrets.token_hex()
        self.bot = f"@kairan:{server_name}"
        self.url = f"http://{HOST}:{self.port}"
        self._server_name = server_name
        self._database = database or f"sqlite:{folder}/bridge.db"
        self._secret = secrets.token_hex()
        self._process: subprocess.Popen[bytes] | None = None
        self.connect("http://127.0.0.1:9", "http://127.0.0.1:9", "http://127.0.0.1:9")

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "bridge.yaml"

    @property
    def runs(self) -> bool:
        """Whether it was started and not ended since."""
        return self._process is not None

    @property
    def log(self) -> Path:
        """What it wrote, over all starts."""
        return self.folder / "bridge.log"

    def connect(self, internal_url: str, lgwan: str, internet: str) -> None:
        """Write the configuration for a homeserver at these addresses, as JSON, which is YAML too."""
        web = {
            zone: {"listen": f"{HOST}:{port}", "base_url": f"http://{HOST}:{port}/"}
            for zone, port in zip(("lgwan", "internet"), self.web_ports, strict=True)
        }
        content = {
            "homeserver": {
                "server_name": self._server_name,
                "internal_url": internal_url,
                "zones": {"lgwan": lgwan, "internet": internet},
            },
            "appservice": {
                "id": "kairan",
                "as_token": self.as_token,
                "hs_token": self.hs_token,
                "bot": "kairan",
                "listen": f"{HOST}:{self.port}",
            },
            "web": web,
            "database": self._database,
            "secret": self._secret,
        }
        self.config.write_text(json.dumps(content), encoding="utf-8")

    def connect_to(self, server: Server, internal_url: str | None = None) -> None:
        """Write the configuration for a running homeserver."""
        self.connect(internal_url or server.url(Zone.INTERNAL), server.url(Zone.LGWAN), server.url(Zone.INTERNET))

    def write_registration(self) -> Path:
        """Synapse's file, as the command prints it."""
        command = [sys.executable, "-m", "kairan_bridge", "registration", "--config", str(self.config)]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        path = self.folder / "registration.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def start(self, *, healthy: bool = True) -> None:
        """Start it, and wait until it listens, or until all is well with it."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kairan_bridge", "--config", str(self.config)],
                stdout=log,
                stderr=log,
                env={**os.environ, "NO_PROXY": "*"},
            )

        def ready() -> bool:
            assert self._process is None or self._process.poll() is None, self.log.read_text("utf-8")
            try:
                answer = httpx.get(f"{self.url}/health", trust_env=False, timeout=30)
            except httpx.TransportError:
                return False
            return answer.status_code == 200 or not healthy

        eventually(ready, "the bridge is well")

    def kill(self) -> None:
        """`kill -9`: it gets to do nothing any more."""
        self._end(signal.SIGKILL)

    def stop(self) -> int | None:
        """Ask it to stop, and return its exit code; None if it does not run."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        process.send_signal(how)
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def deliver(self, transaction_id: str, body: object, token: str | None = None) -> httpx.Response:
        """Put a transaction to it as the homeserver would; with another token if one is given."""
        return httpx.put(
            f"{self.url}/_matrix/app/v1/transactions/{transaction_id}",
            content=body if isinstance(body, bytes) else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.hs_token if token is None else token}"},
            trust_env=False,
        )

    def metric(self, name: str) -> float:
        """One value of `/metrics`."""
        text = httpx.get(f"{self.url}/metrics", trust_env=False).text
        (value,) = (line.rpartition(" ")[2] for line in text.splitlines() if line.rpartition(" ")[0] == name)
        return float(value)


class Somebody:
    """A person's client on the homeserver, by plain HTTP: only what the tests need."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """A call of the client API; a refusal fails."""
        answer = self._client.request(method, f"/_matrix/client/v3{path}", json=body)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def make_room(self, invite: list[str], *, direct: bool = False, **others: object) -> str:
        """A new room with invites."""
        body: dict[str, object] = {"invite": invite, "is_direct": direct, "preset": "private_chat", **others}
        return str(self.call("POST", "/createRoom", body)["room_id"])

    def say(self, room_id: str, body: str, /, **content: object) -> str:
        """Send a text, or with `msgtype` something else, and return its event ID."""
        message = {"msgtype": "m.text", "body": body, **content}
        path = f"/rooms/{room_id}/send/m.room.message/{secrets.token_hex()}"
        return str(self.call("PUT", path, message)["event_id"])

    def messages(self, room_id: str, sender: str) -> list[dict[str, Any]]:
        """What `sender` has said in a room, oldest first: the whole events."""
        chunk = self.call("GET", f"/rooms/{room_id}/messages?dir=b&limit=200")["chunk"]
        return [e for e in reversed(chunk) if e["sender"] == sender and e["type"] == "m.room.message"]

    def answers(self, room_id: str, bot: str, event_id: str) -> list[dict[str, Any]]:
        """The contents of the bot's replies to an event."""
        contents = [event["content"] for event in self.messages(room_id, bot)]
        return [c for c in contents if c.get("m.relates_to", {}).get("m.in_reply_to") == {"event_id": event_id}]

    def wait_for_answer(self, room_id: str, bot: str, event_id: str) -> dict[str, Any]:
        """The bot's first reply to an event."""
        return eventually(lambda: self.answers(room_id, bot, event_id), f"an answer to {event_id}")[0]

    def ask(self, room_id: str, bot: str, body: str, /, **content: object) -> dict[str, Any]:
        """Say something, and return the content of the bot's reply."""
        return self.wait_for_answer(room_id, bot, self.say(room_id, body, **content))

    def membership(self, room_id: str, user_id: str) -> str | None:
        """Somebody's membership, None if there is none."""
        members = self.call("GET", f"/rooms/{room_id}/members")["chunk"]
        return next((m["content"]["membership"] for m in members if m["state_key"] == user_id), None)

    def wait_until_joined(self, room_id: str, user_id: str) -> None:
        """Wait until somebody has joined."""
        eventually(lambda: self.membership(room_id, user_id) == "join", f"{user_id} joins")


class Line:
    """A stretch of network between bridge and homeserver that can be cut, or lose answers."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.cut = False
        self.lose_answers_to: str | None = None
        """While set: requests with this in their path reach the homeserver, their answers get lost."""
        self.fail: str | None = None
        """While set: requests with this in their path are answered with 500 by the line."""
        self.passed: list[str] = []
        """Paths of the requests that reached the homeserver."""
        self.lost = threading.Event()
        self._server = http.server.ThreadingHTTPServer((HOST, 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        """Its near end."""
        return f"http://{HOST}:{self._server.server_port}"

    def close(self) -> None:
        """Take it away."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        line = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                self.close_connection = True
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if line.cut:
                    return
                if line.fail and line.fail in self.path:
                    self._answer(500, b'{"errcode": "M_UNKNOWN", "error": "Internal server error"}')
                    return
                headers = {k: v for k, v in self.headers.items() if k in ("Authorization", "Content-Type")}
                answer = httpx.request(
                    self.command, line.target + self.path, content=body, headers=headers, trust_env=False, timeout=60
                )
                line.passed.append(self.path)
                if line.lose_answers_to and line.lose_answers_to in self.path:
                    line.lost.set()
                    return
                self._answer(answer.status_code, answer.content)

            def __getattr__(self, name: str) -> Callable[[], None]:
                if name.startswith("do_"):
                    return self._any
                raise AttributeError(name)

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def line_to(server: Server) -> Iterator[Line]:
    """A line to a homeserver's internal listener."""
    line = Line(server.url(Zone.INTERNAL))
    try:
        yield line
    finally:
        line.close()
