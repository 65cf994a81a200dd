"""What `synapse_sign_in.py` relies on in Synapse, each by itself, so that an upgrade that moves one says which."""

import time
from collections.abc import Awaitable, Callable

import pytest
from kairan_modules import synapse_sign_in as compat
from kairan_modules.synapse_compat import ModuleApi, SynapseError

from tests.homeserver.harness import Database, HomeserverFactory, Server
from tests.homeserver.signing_in import identified

Check = Callable[[], Awaitable[str | None]]


@pytest.fixture(scope="module")
def either(homeserver_factory: HomeserverFactory, database: Database) -> Server:
    """A stock homeserver on each of the two engines."""
    server = homeserver_factory(database=database, bcrypt_rounds=6, refreshable_access_token_lifetime="5m")
    server.register("alice", password="words of alice")
    server.register("bob")
    return server


@pytest.fixture
def api(either: Server) -> ModuleApi:
    return either.hs.get_module_api()


def test_every_check_of_a_password_passes_the_guard(either: Server, api: ModuleApi) -> None:
    seen: list[tuple[str, str | None]] = []

    async def guard(user_id: str, check: Check) -> str | None:
        seen.append((user_id, await check()))
        if len(seen) > 4:
            raise SynapseError(429, "enough", "JP.KAIRAN.TEST")
        return seen[-1][1]

    async def install() -> None:
        compat.guard_local_passwords(api, guard)

    either.run(install)
    alice = either.user_id("alice")
    with either.client() as client:
        path = "/_matrix/client/v3/login"
        answer = client.post(path, json=identified("alice", "words of alice"))
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        shouted = f"@ALICE:{either.server_name}"
        assert client.post(path, json=identified(shouted, "x")).status_code == 403
        assert client.post(path, json=identified("nobody", "x")).status_code == 403
        delete = {"devices": ["X"]}
        session = {"session": client.post("/_matrix/client/v3/delete_devices", json=delete).json()["session"]}
        answer = client.post(
            "/_matrix/client/v3/delete_devices", json=delete | {"auth": identified("alice", "x") | session}
        )
        assert answer.status_code == 401
        # What the guard raises is the answer, on both paths.
        for answer in (
            client.post(path, json=identified("alice", "words of alice")),
            client.post(
                "/_matrix/client/v3/delete_devices",
                json=delete | {"auth": identified("alice", "words of alice") | session},
            ),
        ):
            assert (answer.status_code, answer.json()["errcode"]) == (429, "JP.KAIRAN.TEST")
    assert seen == [
        (alice, alice),
        (shouted, None),
        (either.user_id("nobody"), None),
        (alice, None),
        (alice, alice),
        (alice, alice),
    ]


def test_accounts_are_found_as_signing_in_finds_them(either: Server, api: ModuleApi) -> None:
    for name, expected in (
        ("alice", compat.LocalAccount(either.user_id("alice"), 6)),
        ("ALICE", compat.LocalAccount(either.user_id("alice"), 6)),
        ("bob", compat.LocalAccount(either.user_id("bob"), 0)),
        ("nobody", compat.LocalAccount()),
    ):
        assert either.run(compat.local_account, api, either.user_id(name)) == expected


def test_a_check_that_was_cheap_is_made_up_for(either: Server, api: ModuleApi) -> None:
    def cost(account: compat.LocalAccount) -> float:
        begin = time.process_time()
        either.run(compat.spend_a_password_check, api, account)
        return time.process_time() - begin

    handler = either.hs.get_auth_handler()
    handler.bcrypt_rounds = 10
    try:
        made_up, cheap, full = (
            min(cost(compat.LocalAccount("@a:b", rounds)) for _ in range(5)) for rounds in (0, 5, 10)
        )
    finally:
        handler.bcrypt_rounds = 6
    assert 0.5 < made_up / cheap < 2
    assert full < made_up / 5


def test_a_password_that_is_set_signs_in_and_ends_what_was_signed_in(either: Server, api: ModuleApi) -> None:
    token = either.register("carol")
    either.run(compat.set_password, api, either.user_id("carol"), "words of carol")
    with either.client(token) as client:
        assert client.get("/_matrix/client/v3/account/whoami").status_code == 401
    assert either.run(compat.local_account, api, either.user_id("carol")).rounds == 6


def test_a_limited_session_ends_then_with_what_it_is_refreshed_to(either: Server, api: ModuleApi) -> None:
    async def device() -> tuple[str, str, str]:
        made = await either.hs.get_registration_handler().register_device(
            either.user_id("bob"), None, None, should_issue_refresh_token=True
        )
        device_id, token, _, refresh = made
        assert refresh is not None
        return device_id, token, refresh

    device_id, token, refresh = either.run(device)
    ends = int(time.time() * 1000) + 60_000
    with either.client(token) as client:
        assert client.get("/_matrix/client/v3/account/whoami").status_code == 200
        either.run(compat.limit_session, api, either.user_id("bob"), device_id, ends)
        answer = client.post("/_matrix/client/v3/refresh", json={"refresh_token": refresh})
        assert answer.json()["expires_in_ms"] <= 60_000
        # The token that was used before the limit is known to be limited too.
        either.run(compat.limit_session, api, either.user_id("bob"), device_id, ends - 120_000)
        answer = client.get("/_matrix/client/v3/account/whoami")
        assert (answer.status_code, answer.json()["soft_logout"]) == (401, True)
