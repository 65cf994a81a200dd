"""Bulk writes from the main process into rooms that another process writes (`stream_writers: events`)."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.homeserver.town import API, ORGANIZATIONS, PEOPLE
from tests.homeserver.worker_stack import answers, free_ports, running, wait_for
from tests.postgres import PostgresCluster

pytestmark = pytest.mark.needs("postgresql", "redis-server")

V3 = "/_matrix/client/v3"


@pytest.fixture(scope="module")
def operator(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """An operator at the internal listener of a main process, beside which a worker writes all events."""
    home: Path = tmp_path_factory.mktemp("writer")
    redis, client, main, writer = free_ports(4)
    listen: dict[str, Any] = {"type": "http", "bind_addresses": ["127.0.0.1"]}
    resources = {name: [{"names": [name]}] for name in ("client", "replication")}
    url = f"http://127.0.0.1:{client}"
    modules = [{"module": "kairan_modules.Registry", "config": {"bot": "kairan"}}]
    shared = {
        "server_name": "writer.test",
        "listeners": [
            {**listen, "port": client, "tag": "internal", "resources": resources["client"]},
            {**listen, "port": main, "tag": "replication", "resources": resources["replication"]},
        ],
        "database": postgres.create_database().synapse,
        "redis": {"enabled": True, "host": "127.0.0.1", "port": redis},
        "instance_map": {
            "main": {"host": "127.0.0.1", "port": main},
            "writer": {"host": "127.0.0.1", "port": writer},
        },
        "stream_writers": {"events": "writer"},
        "worker_replication_secret": "between-the-two",
        "macaroon_secret_key": "kept by nobody",
        "registration_shared_secret": "for the operator",
        "signing_key_path": str(home / "signing.key"),
        "media_store_path": str(home / "media"),
        "pid_file": str(home / "pid"),
        "report_stats": False,
        "trusted_key_servers": [],
        "modules": [
            *modules,
            {"module": "kairan_modules.Faces", "config": {"zones": {"internal": {"base_url": url + "/"}}}},
        ],
    }
    worker = {
        "worker_app": "synapse.app.generic_worker",
        "worker_name": "writer",
        "worker_listeners": [{**listen, "port": writer, "tag": "replication", "resources": resources["replication"]}],
        "modules": modules,
    }
    # JSON is YAML.
    (home / "homeserver.yaml").write_text(json.dumps(shared), encoding="utf-8")
    (home / "worker.yaml").write_text(json.dumps(worker), encoding="utf-8")
    config = ["-c", str(home / "homeserver.yaml")]
    homeserver = [sys.executable, "-m", "synapse.app.homeserver", *config]
    redis_server = shutil.which("redis-server") or "redis-server"
    with ExitStack() as stack:
        run = [redis_server, "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--dir", str(home)]
        stack.enter_context(running(run, home / "log"))
        subprocess.run([*homeserver, "--generate-keys"], check=True, capture_output=True)
        stack.enter_context(running(homeserver, home / "log"))
        wait_for(lambda: answers(url), "the main process did not start")
        run = [sys.executable, "-m", "synapse.app.generic_worker", *config, "-c", str(home / "worker.yaml")]
        stack.enter_context(running(run, home / "log"))
        wait_for(lambda: answers(f"http://127.0.0.1:{writer}"), "the writer did not start")
        run = [sys.executable, "-m", "synapse._scripts.register_new_matrix_user"]
        run += ["-u", "operator", "-p", "words of the operator", "-a", "-k", "for the operator", url]
        subprocess.run(run, check=True, capture_output=True)
        operator = stack.enter_context(httpx.Client(base_url=url, timeout=60, trust_env=False))
        identifier = {"type": "m.id.user", "user": "operator"}
        login = {"type": "m.login.password", "identifier": identifier, "password": "words of the operator"}
        token = operator.post(V3 + "/login", json=login).raise_for_status().json()["access_token"]
        operator.headers["Authorization"] = f"Bearer {token}"
        operator.put(f"{API}/provision/organizations", json={"organizations": ORGANIZATIONS}).raise_for_status()
        operator.put(f"{API}/provision/people", json={"people": PEOPLE}).raise_for_status()
        yield operator


def test_rooms_and_members_arrive_where_another_process_writes_events(operator: httpx.Client) -> None:
    done = operator.post(f"{API}/provision/rooms", json={"organization": "272060", "budget": 1000})
    assert done.status_code == 200, done.text
    assert done.json()["remaining"] == 0
    assert done.json()["rooms"] > 0
    member = operator.post("/_synapse/admin/v1/users/@1001:writer.test/login", json={}).json()["access_token"]
    headers = {"Authorization": f"Bearer {member}"}
    joined = operator.get(V3 + "/joined_rooms", headers=headers).json()["joined_rooms"]
    names = {
        operator.get(V3 + f"/rooms/{room}/state/m.room.name/", headers=headers).json()["name"]: room for room in joined
    }
    assert set(names) == {"泉大津市", "危機管理課"}
    message = {"msgtype": "m.text", "body": "全員へ"}
    sent = operator.put(V3 + f"/rooms/{names['危機管理課']}/send/m.room.message/1", headers=headers, json=message)
    assert sent.status_code == 200, sent.text
    # Nothing is left to do: what was written is what is read.
    again = operator.post(f"{API}/provision/rooms", json={"organization": "272060", "budget": 1000}).json()
    assert (again["rooms"], again["joins"], again["leaves"]) == (0, 0, 0)
