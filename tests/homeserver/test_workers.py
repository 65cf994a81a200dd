"""A generic worker beside the main process, on PostgreSQL and Redis: the registry's caches follow each other."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from tests.homeserver.town import API, ORGANIZATIONS, PEOPLE, person, posting
from tests.postgres import PostgresCluster

pytestmark = pytest.mark.needs("postgresql", "redis-server")

PATIENCE = 60.0


@attrs.frozen
class WorkerStack:
    """A main process with the internal listener, and a worker with the LGWAN one."""

    internal: httpx.Client
    worker_url: str
    replication_url: str

    def register(self, localpart: str) -> str:
        """Sign in as a person who is there, by the operator's right to make tokens; returns the token."""
        answer = self.internal.post(f"/_synapse/admin/v1/users/@{localpart}:workers.test/login", json={})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def declare(self, path: str, body: dict[str, Any]) -> None:
        """`PUT` a declaration at the main process."""
        answer = self.internal.put(f"{API}/provision/{path}", json=body)
        assert answer.status_code == 200, answer.text


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that were free just now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the test."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Until the condition holds, or fail with what was waited for."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Whether a homeserver answers there."""
    try:
        return httpx.get(url + "/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def workers(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerStack]:
    home = tmp_path_factory.mktemp("workers")
    redis, internal, replication, lgwan = free_ports(4)
    listen = {"type": "http", "bind_addresses": ["127.0.0.1"]}
    zones = {
        "lgwan": {"base_url": f"http://127.0.0.1:{lgwan}/"},
        "internal": {"base_url": f"http://127.0.0.1:{internal}/"},
    }
    shared: dict[str, Any] = {
        "server_name": "workers.test",
        "pid_file": str(home / "pid"),
        "listeners": [
            {**listen, "port": internal, "tag": "internal", "resources": [{"names": ["client"]}]},
            {**listen, "port": replication, "tag": "replication", "resources": [{"names": ["replication"]}]},
        ],
        "database": postgres.create_database().synapse,
        "redis": {"enabled": True, "host": "127.0.0.1", "port": redis},
        "instance_map": {"main": {"host": "127.0.0.1", "port": replication}},
        "worker_replication_secret": "between the two",
        "macaroon_secret_key": "kept by nobody",
        "registration_shared_secret": "for the operator",
        "signing_key_path": str(home / "signing.key"),
        "media_store_path": str(home / "media"),
        "report_stats": False,
        "trusted_key_servers": [],
        "modules": [
            {"module": "kairan_modules.Registry", "config": {"bot": "kairan"}},
            {"module": "kairan_modules.Faces", "config": {"zones": {"internal": zones["internal"]}}},
        ],
    }
    worker = {
        "worker_app": "synapse.app.generic_worker",
        "worker_name": "lgwan",
        "worker_listeners": [{**listen, "port": lgwan, "tag": "lgwan", "resources": [{"names": ["client"]}]}],
        "modules": [
            {"module": "kairan_modules.Registry", "config": {"bot": "kairan"}},
            {"module": "kairan_modules.Faces", "config": {"zones": {"lgwan": zones["lgwan"]}}},
        ],
    }
    (home / "homeserver.yaml").write_text(json.dumps(shared), encoding="utf-8")
    (home / "worker.yaml").write_text(json.dumps(worker), encoding="utf-8")
    main_url, worker_url = f"http://127.0.0.1:{internal}", f"http://127.0.0.1:{lgwan}"
    config = ["-c", str(home / "homeserver.yaml")]
    with ExitStack() as stack:
        server = shutil.which("redis-server") or "redis-server"
        stack.enter_context(
            running(
                [server, "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--dir", str(home)], home / "log"
            )
        )
        subprocess.run(
            [sys.executable, "-m", "synapse.app.homeserver", *config, "--generate-keys"],
            check=True,
            capture_output=True,
        )
        stack.enter_context(running([sys.executable, "-m", "synapse.app.homeserver", *config], home / "log"))
        wait_for(lambda: answers(main_url), (home / "log").read_text(errors="replace")[-3000:])
        stack.enter_context(
            running(
                [sys.executable, "-m", "synapse.app.generic_worker", *config, "-c", str(home / "worker.yaml")],
                home / "log",
            )
        )
        wait_for(lambda: answers(worker_url), (home / "log").read_text(errors="replace")[-3000:])
        subprocess.run(
            [
                *(sys.executable, "-m", "synapse._scripts.register_new_matrix_user"),
                *("-u", "operator", "-p", "words of the operator", "-a", "-k", "for the operator", main_url),
            ],
            check=True,
            capture_output=True,
        )
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": "operator"},
            "password": "words of the operator",
        }
        token = httpx.post(main_url + "/_matrix/client/v3/login", json=login, trust_env=False).json()["access_token"]
        client = httpx.Client(
            base_url=main_url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
        )
        result = WorkerStack(
            internal=stack.enter_context(client),
            worker_url=worker_url,
            replication_url=f"http://127.0.0.1:{replication}",
        )
        result.declare("organizations", {"organizations": ORGANIZATIONS})
        result.declare("people", {"people": PEOPLE})
        yield result


def found(workers: WorkerStack, token: str, term: str) -> list[str]:
    """The localparts that a search on the worker finds."""
    answer = httpx.post(
        workers.worker_url + "/_matrix/client/v3/user_directory/search",
        json={"search_term": term},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    return [each["user_id"][1:].partition(":")[0] for each in answer.json()["results"]]


def test_a_worker_answers_by_the_same_policy(workers: WorkerStack) -> None:
    assert found(workers, workers.register("1001"), "田中") == ["1002", "1003", "2001"]
    assert found(workers, workers.register("3001"), "田中") == ["3001"]


def test_a_change_at_the_main_process_reaches_what_the_worker_has_cached(workers: WorkerStack) -> None:
    token = workers.register("1001")
    assert found(workers, token, "新田") == []
    newcomer = person("1900", "新田 進", "ニッタ ススム", posting("272060", "0101"))
    workers.declare("people", {"people": [newcomer]})
    wait_for(lambda: found(workers, token, "新田") == ["1900"], "the newcomer is found on the worker")
    closed = [{**each, "opens_to": []} if each["organization"] == "270008" else each for each in ORGANIZATIONS]
    workers.declare("organizations", {"organizations": closed})
    wait_for(lambda: found(workers, token, "府子") == [], "the closing reaches the worker")
    workers.declare("organizations", {"organizations": ORGANIZATIONS})
    wait_for(lambda: found(workers, token, "府子") == ["2001"], "the opening reaches the worker")
    workers.declare("people", {"people": [{**newcomer, "postings": []}]})
    wait_for(lambda: found(workers, token, "新田") == [], "the leaver is gone on the worker")


def test_the_worker_names_its_face_and_does_not_provision(workers: WorkerStack) -> None:
    answer = httpx.get(workers.worker_url + "/.well-known/matrix/client", trust_env=False)
    assert answer.json()["m.homeserver"] == {"base_url": workers.worker_url + "/"}
    answer = httpx.put(workers.worker_url + f"{API}/provision/people", json={"people": []}, trust_env=False)
    assert answer.status_code == 404


def test_nothing_of_the_client_api_is_served_on_the_replication_listener(workers: WorkerStack) -> None:
    for path in ("/_matrix/client/versions", API + "/me", "/.well-known/matrix/client"):
        answer = httpx.get(workers.replication_url + path, trust_env=False)
        assert answer.status_code == 404, (path, json.dumps(answer.text))
