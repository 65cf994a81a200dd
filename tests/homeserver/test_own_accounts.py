"""Accounts belong to the register: their people cannot close them, the operator can."""

from collections.abc import Iterator

import httpx
import pytest
from kairan.zones import Zone

from tests.homeserver.harness import HomeserverFactory
from tests.homeserver.town import Town, found_town

PASSWORD = "Izumiotsu-2026-mizu"


@pytest.fixture
def town(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    town = found_town(homeserver_factory, tmp_path_factory.mktemp("town"))
    with town.server.client(town.operator) as operator:
        path = f"/_synapse/admin/v1/reset_password/{town.server.user_id('1001')}"
        answer = operator.post(path, json={"new_password": PASSWORD, "logout_devices": False})
        assert answer.status_code == 200, answer.text
    yield town


def close_own_account(client: httpx.Client, user_id: str) -> httpx.Response:
    """As a client's settings do it: asked for the password, gives it."""
    path = "/_matrix/client/v3/account/deactivate"
    session = client.post(path, json={"erase": True}).json()["session"]
    proof = {
        "type": "m.login.password",
        "session": session,
        "identifier": {"type": "m.id.user", "user": user_id},
        "password": PASSWORD,
    }
    return client.post(path, json={"erase": True, "auth": proof})


def test_staff_cannot_close_their_account_and_the_operator_can(town: Town) -> None:
    user_id = town.server.user_id("1001")
    with town.server.client(town.tokens["1001"], Zone.INTERNET) as client:
        answer = close_own_account(client, user_id)
        assert (answer.status_code, answer.json()["errcode"]) == (403, "M_FORBIDDEN")
        assert client.get("/_matrix/client/v3/account/whoami").json()["user_id"] == user_id
    with town.server.client(town.operator) as operator:
        assert operator.post(f"/_synapse/admin/v1/deactivate/{user_id}", json={}).status_code == 200
        assert operator.get(f"/_synapse/admin/v2/users/{user_id}").json()["deactivated"] is True
