"""Devices on workers, with PostgreSQL and Redis: what one process certifies or revokes holds in the others at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from kairan.zones import Zone

from tests.homeserver.town import API, ORGANIZATIONS, SERVICE_TOKEN
from tests.homeserver.worker_stack import MAIN, SERVER_NAME, Process, WorkerStack, wait_for, worker_stack
from tests.postgres import PostgresCluster

pytestmark = pytest.mark.needs("postgresql", "redis-server")

PASSWORD = "correct horse battery staple"
CALLS = "/_matrix/client/v3"


@pytest.fixture(scope="module")
def workers(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerStack]:
    """A main process with the internal listener, and two workers with the faces."""
    main = Process(MAIN, [Zone.INTERNAL])
    faces = [Process("one", [Zone.INTERNET, Zone.LGWAN]), Process("two", [Zone.INTERNET])]
    with worker_stack(postgres, tmp_path_factory.mktemp("workers"), main, faces) as stack:
        declared = [{**each, "policy": {"sign_in": "self"}} for each in ORGANIZATIONS]
        stack.declare("organizations", {"organizations": declared})
        stack.declare_people()
        for localpart in ("1001", "1002"):
            path = f"/_synapse/admin/v2/users/{user_id(localpart)}"
            answer = stack.internal.put(path, json={"password": PASSWORD, "logout_devices": False})
            assert answer.status_code == 200, answer.text
        yield stack


def user_id(localpart: str) -> str:
    return f"@{localpart}:{SERVER_NAME}"


def ask(
    workers: WorkerStack,
    process: str,
    method: str,
    path: str,
    token: str = "",
    body: object = None,
    zone: Zone = Zone.INTERNET,
) -> httpx.Response:
    """Call a process by its listener of a zone."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = workers.urls[process, zone] + path
    return httpx.request(method, url, json=body, headers=headers, trust_env=False, timeout=60)


def sign_in(
    workers: WorkerStack, process: str, localpart: str, zone: Zone = Zone.INTERNET, **others: object
) -> httpx.Response:
    """`POST /login` at a process."""
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": localpart},
        "password": PASSWORD,
        **others,
    }
    return ask(workers, process, "POST", f"{CALLS}/login", body=body, zone=zone)


def desk_of(workers: WorkerStack, localpart: str) -> str:
    """The token of a session on LGWAN."""
    answer = sign_in(workers, "one", localpart, Zone.LGWAN)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


def approve(workers: WorkerStack, desk: str, number: str) -> None:
    """Approve at the first worker, on LGWAN."""
    path = f"{API}/devices/requests/{number}/approve"
    answer = ask(workers, "one", "POST", path, desk, {}, Zone.LGWAN)
    assert answer.status_code == 200, answer.text


def certified(workers: WorkerStack, desk: str, localpart: str, process: str) -> dict[str, Any]:
    """Sign in at a worker by way of an approval."""
    approve(workers, desk, sign_in(workers, process, localpart).json()["jp.kairan.number"])
    answer = sign_in(workers, process, localpart)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def status(workers: WorkerStack, process: str, token: str) -> int:
    """What an access token is worth at a worker."""
    return ask(workers, process, "GET", f"{CALLS}/account/whoami", token).status_code


def listed(workers: WorkerStack, process: str, token: str) -> dict[str, bool]:
    """Which of one's devices are certified, as a process sees it."""
    answer = ask(workers, process, "GET", f"{API}/devices?limit=100", token)
    assert answer.status_code == 200, answer.text
    return {each["device_id"]: each["certified"] for each in answer.json()["devices"]}


def test_a_device_that_was_approved_at_one_worker_signs_in_at_the_other(workers: WorkerStack) -> None:
    desk = desk_of(workers, "1001")
    signed_in = certified(workers, desk, "1001", "two")
    for process in ("one", "two"):
        assert status(workers, process, signed_in["access_token"]) == 200
        assert listed(workers, process, signed_in["access_token"])[signed_in["device_id"]]


def test_of_sign_ins_at_two_workers_at_once_one_uses_the_approval(workers: WorkerStack) -> None:
    desk = desk_of(workers, "1002")
    for _ in range(3):
        approve(workers, desk, sign_in(workers, "one", "1002").json()["jp.kairan.number"])
        with ThreadPoolExecutor(4) as pool:
            answers = pool.map(lambda process: sign_in(workers, process, "1002"), ["one", "two"] * 2)
        assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]


def test_a_certification_reaches_what_the_other_worker_has_cached_and_so_does_its_end(workers: WorkerStack) -> None:
    desk = desk_of(workers, "1001")
    carried = sign_in(workers, "one", "1001", Zone.LGWAN).json()
    token, device_id = carried["access_token"], carried["device_id"]
    for process in ("one", "two"):
        assert status(workers, process, token) == 403, "a session of LGWAN"
    answer = ask(workers, "one", "POST", f"{API}/devices/{device_id}/certify", desk, {}, Zone.LGWAN)
    assert answer.status_code == 200, answer.text
    wait_for(lambda: status(workers, "two", token) == 200, "the certification reaches the other worker")
    body = {"user_id": user_id("1001"), "device_id": device_id}
    assert workers.internal.post(f"{API}/provision/devices/revoke", json=body).status_code == 200
    for process in ("one", "two"):
        wait_for(lambda process=process: status(workers, process, token) == 401, "the revocation")  # type: ignore[misc]
        answer = sign_in(workers, process, "1001", device_id=device_id)
        assert answer.json()["errcode"] == "JP.KAIRAN.DEVICE_REVOKED"


def test_a_device_that_is_revoked_at_a_worker_is_out_at_the_other(workers: WorkerStack) -> None:
    desk = desk_of(workers, "1001")
    signed_in = certified(workers, desk, "1001", "two")
    token = signed_in["access_token"]
    assert status(workers, "two", token) == 200
    path = f"{API}/devices/{signed_in['device_id']}"
    assert ask(workers, "one", "DELETE", path, desk, zone=Zone.LGWAN).status_code == 200
    assert status(workers, "one", token) == 401
    wait_for(lambda: status(workers, "two", token) == 401, "the revocation")


def test_a_lost_telephone_reported_at_one_worker_ends_every_session_everywhere(workers: WorkerStack) -> None:
    desk = desk_of(workers, "1002")
    signed_in = certified(workers, desk, "1002", "two")
    token = signed_in["access_token"]
    assert ask(workers, "one", "POST", f"{API}/devices/lost", desk, {}, Zone.LGWAN).json()["devices"] >= 2
    wait_for(lambda: status(workers, "two", token) == 401, "the telephone is out")
    assert ask(workers, "one", "GET", f"{CALLS}/account/whoami", desk, zone=Zone.LGWAN).status_code == 401
    answer = sign_in(workers, "two", "1002", device_id=signed_in["device_id"])
    assert answer.json()["errcode"] == "JP.KAIRAN.DEVICE_REVOKED"


def test_what_is_told_the_bot_at_a_worker_is_carried_out_by_the_main_process(workers: WorkerStack) -> None:
    desk = desk_of(workers, "1001")
    number = sign_in(workers, "two", "1001", initial_device_display_name="電話").json()["jp.kairan.number"]
    room_id = ask(workers, "one", "POST", f"{CALLS}/createRoom", desk, {}, Zone.LGWAN).json()["room_id"]
    path = f"{CALLS}/rooms/{room_id}/send/m.room.message/1"
    said = {"msgtype": "m.text", "body": f"!承認 {number}"}
    event_id = ask(workers, "one", "PUT", path, desk, said, Zone.LGWAN).json()["event_id"]
    answer = ask(
        workers,
        MAIN,
        "POST",
        f"{API}/service/device_instructions/{quote(event_id)}",
        SERVICE_TOKEN,
        zone=Zone.INTERNAL,
    )
    assert answer.json()["outcome"] == "approved"
    assert sign_in(workers, "two", "1001", initial_device_display_name="電話").status_code == 200
