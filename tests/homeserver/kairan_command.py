"""The real `kairan` command against a real homeserver, with a gate between them where the command can be killed."""

import csv
import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

import attrs
import httpx
from kairan_provisioning.cli import TOKEN_VARIABLE
from ruamel.yaml import YAML

PATIENCE = 120.0
"""Seconds until a command that does not end counts as hung."""

BATCH = 15
ROOM_BUDGET = 20
"""People sent and changes of rooms asked for at once: little, so that a few people take several calls of each."""

DEMO = Path(__file__).parent.parent.parent / "configs" / "demo" / "osaka"

BODIES = ("272060", "273414", "273813", "272060/council")
"""A city with its council, and two towns: a sixth of the demonstration, in all its encodings and formats."""

_PROGRAM = (
    "import kairan_provisioning.apply as apply\n"
    f"apply.BATCH, apply.ROOM_BUDGET = {BATCH}, {ROOM_BUDGET}\n"
    "from kairan_provisioning.cli import main\n"
    "main()\n"
)


def copy_demonstration(folder: Path) -> Path:
    """The folder of 大阪府's demonstration with a sixth of its bodies, about seventy people."""
    folder.mkdir()
    for name in ("organizations.csv", "sections.csv"):
        with (DEMO / name).open(encoding="utf-8", newline="") as source:
            header, *rows = csv.reader(source)
        with (folder / name).open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows([header, *(row for row in rows if row[0] in BODIES)])
    for key in BODIES:
        (staff,) = DEMO.glob(f"staff-{key.replace('/', '-')}.*")
        shutil.copy(staff, folder)
    policies = YAML(typ="safe").load(DEMO / "policy.yaml")
    with (folder / "policy.yaml").open("w", encoding="utf-8") as target:
        YAML().dump({key: policy for key, policy in policies.items() if str(key) in BODIES}, target)
    return folder


@attrs.frozen
class Ran:
    """How a run ended: its exit code, negative for a signal, and everything that it printed."""

    code: int
    out: str
    err: str


@attrs.frozen
class Command:
    """The command as an operator calls it."""

    url: str
    token: str

    def run(self, *arguments: str | Path) -> Ran:
        """Run it to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=PATIENCE)
        return Ran(process.returncode, out, err)

    def killed(self, gate: "Gate", *arguments: str | Path) -> Ran:
        """Run it through the gate and kill it, as by `kill -9`, when that holds a request."""
        process = attrs.evolve(self, url=gate.url).start(*arguments)
        deadline = time.monotonic() + PATIENCE
        while not gate.reached.wait(0.1) and process.poll() is None and time.monotonic() < deadline:
            pass
        process.kill()
        out, err = process.communicate(timeout=PATIENCE)
        gate.released.set()
        assert gate.reached.is_set(), f"it never came there: {out}{err}"
        return Ran(process.returncode, out, err)

    def start(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        """Start it; the caller waits for it."""
        return subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *map(str, arguments)],
            env={**os.environ, TOKEN_VARIABLE: self.token, "KAIRAN_HOMESERVER": self.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


class When(Enum):
    """When the command dies, as the homeserver sees the request that it is waiting for."""

    BEFORE = "not yet received"
    DURING = "at work on it"


@attrs.frozen
class Moment:
    """The `nth` request, from 1, of this method to this provisioning endpoint."""

    method: str
    endpoint: str
    nth: int
    when: When


class Gate:
    """Hands requests on to a homeserver, up to the moment that it is armed with."""

    def __init__(self, target: str, moment: Moment | None) -> None:
        self.reached = threading.Event()
        self.released = threading.Event()
        self.seen: list[tuple[str, str]] = []
        """Method and last part of the path of each request."""
        self._moment = moment
        self._target = target
        self._orphans: list[threading.Thread] = []
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                gate._pass(self)

            def do_PUT(self) -> None:
                gate._pass(self)

            def do_POST(self) -> None:
                gate._pass(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        """Stop, once what was handed on is answered."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE)
        for orphan in self._orphans:
            orphan.join(PATIENCE)

    def _pass(self, asked: http.server.BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        what = (asked.command, urlsplit(asked.path).path.rpartition("/")[2])
        self.seen.append(what)
        if self._is_the_moment(what):
            assert self._moment is not None
            if self._moment.when is When.DURING:
                orphan = threading.Thread(target=self._ask, args=(asked, body))
                self._orphans.append(orphan)
                orphan.start()
            self.reached.set()
            self.released.wait(PATIENCE)
            asked.close_connection = True
            return
        answer = self._ask(asked, body)
        asked.send_response(answer.status_code)
        asked.send_header("Content-Type", "application/json")
        asked.send_header("Content-Length", str(len(answer.content)))
        asked.end_headers()
        asked.wfile.write(answer.content)

    def _is_the_moment(self, what: tuple[str, str]) -> bool:
        moment = self._moment
        return (
            moment is not None
            and not self.reached.is_set()
            and what == (moment.method, moment.endpoint)
            and self.seen.count(what) == moment.nth
        )

    def _ask(self, asked: http.server.BaseHTTPRequestHandler, body: bytes) -> httpx.Response:
        headers = {"Authorization": asked.headers["Authorization"], "Content-Type": "application/json"}
        url = self._target + asked.path
        return httpx.request(asked.command, url, content=body, headers=headers, timeout=PATIENCE, trust_env=False)


@contextmanager
def gate(target: str, moment: Moment | None = None) -> Iterator[Gate]:
    """A gate before the homeserver at this base URL."""
    opened = Gate(target, moment)
    try:
        yield opened
    finally:
        opened.close()
