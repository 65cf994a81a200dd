"""Signing in on workers: what one process counts, limits or ends holds in the others at once."""

from collections.abc import Iterator

import httpx
import pytest
from kairan.zones import Zone

from tests.homeserver.signing_in import FREE, identified, refused
from tests.homeserver.town import API, ORGANIZATIONS, PEOPLE
from tests.homeserver.worker_stack import MAIN, Process, WorkerStack, worker_stack
from tests.postgres import PostgresCluster

pytestmark = pytest.mark.needs("postgresql", "redis-server")

PASSWORD = "Ninety-9 tulips in a row"


@pytest.fixture(scope="module")
def workers(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerStack]:
    """A main process with the internal listener, and two workers with a face each."""
    main = Process(MAIN, [Zone.INTERNAL])
    faces = [Process("one", [Zone.INTERNET, Zone.LGWAN]), Process("two", [Zone.INTERNET])]
    with worker_stack(postgres, tmp_path_factory.mktemp("workers"), main, faces) as stack:
        declared = [{**each, "policy": {"sign_in": "open", "sessions": {"days": 30}}} for each in ORGANIZATIONS]
        stack.declare("organizations", {"organizations": declared})
        stack.declare("people", {"people": PEOPLE})
        yield stack


def activate(workers: WorkerStack, localpart: str, process: str) -> None:
    """Set a person's password by a link, at a worker."""
    answer = workers.internal.post(API + "/provision/activations", json={"localparts": [localpart]})
    token = answer.json()["links"][localpart].partition("#")[2]
    answer = post(workers, process, API + "/activation", {"token": token, "password": PASSWORD})
    assert answer.status_code == 200, answer.text


def post(
    workers: WorkerStack, process: str, path: str, body: dict[str, object], token: str | None = None
) -> httpx.Response:
    """`POST` at a worker's Internet listener."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = workers.urls[process, Zone.INTERNET] + path
    return httpx.post(url, json=body, headers=headers, timeout=60, trust_env=False)


def sign_in(workers: WorkerStack, process: str, localpart: str, password: str = PASSWORD) -> httpx.Response:
    """Try a password at a worker's Internet listener."""
    return post(workers, process, "/_matrix/client/v3/login", identified(localpart, password))


def test_misses_at_one_worker_lock_out_at_the_other(workers: WorkerStack) -> None:
    activate(workers, "1001", "one")
    assert sign_in(workers, "two", "1001").status_code == 200
    for process in ("one", "two") * ((FREE + 1) // 2):
        assert sign_in(workers, process, "1001", "wrong").status_code == 403
    for process in ("one", "two"):
        refused(sign_in(workers, process, "1001"))


def test_confirming_by_password_is_counted_on_a_worker_too(workers: WorkerStack) -> None:
    activate(workers, "1002", "two")
    session = sign_in(workers, "two", "1002").json()
    path = "/_matrix/client/v3/delete_devices"
    body: dict[str, object] = {"devices": [session["device_id"]]}
    answer = post(workers, "one", path, body, session["access_token"])
    auth = identified("1002", "wrong") | {"session": answer.json()["session"]}
    for _ in range(FREE + 1):
        assert post(workers, "one", path, body | {"auth": auth}, session["access_token"]).status_code == 401
    refused(post(workers, "one", path, body | {"auth": auth}, session["access_token"]))
    refused(sign_in(workers, "two", "1002"))


def test_a_session_that_a_worker_made_has_its_end(workers: WorkerStack) -> None:
    activate(workers, "2001", "one")
    session = sign_in(workers, "one", "2001").json()
    assert 29 * 86400_000 < session["expires_in_ms"] <= 30 * 86400_000
    listed = httpx.get(
        workers.urls["two", Zone.INTERNET] + API + "/sign_ins",
        headers={"Authorization": f"Bearer {session['access_token']}"},
        trust_env=False,
    ).json()["sign_ins"]
    assert [(each["outcome"], each["zone"]) for each in listed] == [("done", "internet")]


def test_a_used_link_is_dead_at_every_worker(workers: WorkerStack) -> None:
    answer = workers.internal.post(API + "/provision/activations", json={"localparts": ["3001"]})
    token = answer.json()["links"]["3001"].partition("#")[2]
    body: dict[str, object] = {"token": token, "password": PASSWORD}
    assert post(workers, "one", API + "/activation", body).status_code == 200
    for process in ("one", "two"):
        assert post(workers, process, API + "/activation", body).json()["errcode"] == "JP.KAIRAN.ACTIVATION_DEAD"
    # Links are given out at the main process alone.
    answer = post(workers, "one", API + "/provision/activations", {"localparts": ["3001"]}, workers.operator)
    assert answer.status_code == 404
