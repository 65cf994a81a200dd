"""Synapse spread over processes, on PostgreSQL and Redis: a main process and workers, each with client listeners."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import httpx
from kairan.zones import Zone

from tests.homeserver.harness import NO_RATE_LIMITS, kairan_modules
from tests.homeserver.town import API, PEOPLE, REGISTRATION
from tests.postgres import PostgresCluster

SERVER_NAME: Final = "workers.test"
MAIN: Final = "main"
PATIENCE: Final = 90.0
_HOST: Final = "127.0.0.1"


@attrs.frozen
class Process:
    """One process of the homeserver: the zones that it has a client listener for, and what these serve.

    A `writer` has a replication listener, which a worker needs if it owns a stream (`stream_writers`). `settings` are
    top-level keys of its configuration.
    """

    name: str
    zones: Sequence[Zone]
    resources: Sequence[str] = ("client",)
    writer: bool = False
    settings: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class WorkerStack:
    """The running processes. `urls` are base URLs by process and zone, without `/` at the end."""

    internal: httpx.Client
    """The operator's, at the main process."""
    operator: str
    urls: Mapping[tuple[str, Zone], str]
    replication_url: str

    def declare(self, path: str, body: dict[str, Any]) -> None:
        """`PUT` a declaration at the main process."""
        answer = self.internal.put(f"{API}/provision/{path}", json=body)
        assert answer.status_code == 200, answer.text

    def declare_people(self) -> None:
        """The people of the small world, each with a first password."""
        people = [{**each, "first_password": _password_of(each["localpart"])} for each in PEOPLE]
        self.declare("people", {"people": people})

    def sign_in(self, localpart: str, url: str) -> str:
        """Sign in once with the first password, by this listener; returns the token."""
        return _sign_in(url, localpart, _password_of(localpart))

    def token_of(self, localpart: str) -> str:
        """A token without a device, by the operator's right to make them."""
        answer = self.internal.post(f"/_synapse/admin/v1/users/@{localpart}:{SERVER_NAME}/login", json={})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token


@contextmanager
def worker_stack(
    postgres: PostgresCluster, home: Path, main: Process, workers: Sequence[Process], **settings: Any
) -> Iterator[WorkerStack]:
    """Start it all with Kairan's modules, nobody being declared yet; it ends with the block.

    Args:
        home: an existing, empty folder
        main: must have the internal zone; its `name` is `MAIN`
        settings: top-level keys of the shared configuration
    """
    processes = [main, *workers]
    listening = [(process.name, zone) for process in processes for zone in process.zones]
    writers = [process.name for process in processes if process.writer or process is main]
    redis, *ports = free_ports(1 + len(listening) + len(writers))
    urls = {each: f"http://{_HOST}:{port}" for each, port in zip(listening, ports, strict=False)}
    replication = dict(zip(writers, ports[len(listening) :], strict=True))
    shared = {
        **_shared_settings(home),
        "database": postgres.create_database().synapse,
        "redis": {"enabled": True, "host": _HOST, "port": redis},
        "instance_map": {name: {"host": _HOST, "port": port} for name, port in replication.items()},
        **settings,
    }
    # The main process comes last, so that a face is named by the worker that serves it.
    bases = {zone: urls[name, zone] + "/" for name, zone in reversed(listening)}
    for process in processes:
        path = home / f"{process.name}.yaml"
        path.write_text(json.dumps(_own_settings(process, urls, replication, bases)), encoding="utf-8")
    (home / "homeserver.yaml").write_text(json.dumps(shared), encoding="utf-8")
    main_url = urls[MAIN, Zone.INTERNAL]
    with ExitStack() as stack:
        server = shutil.which("redis-server") or "redis-server"
        command = [server, "--port", str(redis), "--bind", _HOST, "--save", "", "--dir", str(home)]
        stack.enter_context(running(command, home / "redis.log"))
        _run(_command(home, main), "--generate-keys")
        # The main process first: it brings the database up to date.
        for batch in ([main], workers):
            for process in batch:
                stack.enter_context(running(_command(home, process), home / f"{process.name}.log"))
            for process in batch:
                _wait_for_answer(urls[process.name, process.zones[0]], home / f"{process.name}.log")
        operator = _register_operator(main_url)
        headers = {"Authorization": f"Bearer {operator}"}
        client = stack.enter_context(httpx.Client(base_url=main_url, headers=headers, timeout=60, trust_env=False))
        yield WorkerStack(client, operator, urls, f"http://{_HOST}:{replication[MAIN]}")


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Until the condition holds, or fail with what was waited for."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def _shared_settings(home: Path) -> dict[str, Any]:
    (home / "registration.yaml").write_text(json.dumps(REGISTRATION), encoding="utf-8")
    return {
        "server_name": SERVER_NAME,
        # No blanks: the secret goes in a header that is split at them.
        "worker_replication_secret": "between-the-two",
        "macaroon_secret_key": "kept by nobody",
        "registration_shared_secret": "for the operator",
        "signing_key_path": str(home / "signing.key"),
        "media_store_path": str(home / "media"),
        "app_service_config_files": [str(home / "registration.yaml")],
        "report_stats": False,
        "trusted_key_servers": [],
        "bcrypt_rounds": 4,
        **NO_RATE_LIMITS,
    }


def _own_settings(
    process: Process,
    urls: Mapping[tuple[str, Zone], str],
    replication: Mapping[str, int],
    bases: Mapping[Zone, str],
) -> dict[str, Any]:
    """What stands in a process's own file, after the shared one."""
    listen = {"type": "http", "bind_addresses": [_HOST]}
    listeners = [
        {
            **listen,
            "port": int(urls[process.name, zone].rpartition(":")[2]),
            "tag": zone.value,
            "resources": [{"names": list(process.resources)}],
        }
        for zone in process.zones
    ]
    if process.name in replication:
        port = replication[process.name]
        listeners.append({**listen, "port": port, "tag": "replication", "resources": [{"names": ["replication"]}]})
    worker = {"worker_app": "synapse.app.generic_worker", "worker_name": process.name, "worker_listeners": listeners}
    return {
        **({"listeners": listeners} if process.name == MAIN else worker),
        "modules": list(kairan_modules({zone: bases[zone] for zone in process.zones})),
        **process.settings,
    }


def _command(home: Path, process: Process) -> list[str]:
    app = "homeserver" if process.name == MAIN else "generic_worker"
    files = ["-c", str(home / "homeserver.yaml"), "-c", str(home / f"{process.name}.yaml")]
    return [sys.executable, "-m", f"synapse.app.{app}", *files]


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that were free just now."""
    sockets = [socket.create_server((_HOST, 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def running(command: list[str], log: Path) -> Iterator[None]:
    """A process that ends with the test."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _run(command: list[str], *more: str) -> None:
    done = subprocess.run([*command, *more], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _wait_for_answer(url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not answers(url):
        assert time.monotonic() < deadline, log.read_text(errors="replace")[-3000:]
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Whether a homeserver answers there."""
    try:
        return httpx.get(url + "/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _register_operator(main_url: str) -> str:
    """A server administrator; returns the token."""
    _run(
        [sys.executable, "-m", "synapse._scripts.register_new_matrix_user", "-u", "operator", "-a", main_url],
        *("-p", "words of the operator", "-k", "for the operator"),
    )
    return _sign_in(main_url, "operator", "words of the operator")


def _sign_in(url: str, localpart: str, password: str) -> str:
    identifier = {"type": "m.id.user", "user": localpart}
    login = {"type": "m.login.password", "identifier": identifier, "password": password}
    answer = httpx.post(url + "/_matrix/client/v3/login", json=login, timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


def _password_of(localpart: str) -> str:
    return f"first words of {localpart}"
