"""What `synapse_federation.py` relies on in Synapse, each by itself, so that an upgrade that moves one says which."""

import pytest
from kairan_modules import synapse_federation as federation
from kairan_modules.synapse_compat import ModuleApi
from synapse.replication.http.membership import ReplicationRemoteJoinRestServlet

from tests.homeserver.harness import HomeserverFactory, Server

ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


@pytest.fixture(scope="module")
def here(homeserver_factory: HomeserverFactory) -> Server:
    return homeserver_factory(federates=True)


@pytest.fixture(scope="module")
def there(homeserver_factory: HomeserverFactory) -> Server:
    return homeserver_factory(federates=True)


@pytest.fixture(scope="module")
def api(here: Server) -> ModuleApi:
    return here.hs.get_module_api()


@pytest.fixture(scope="module")
def alice(here: Server) -> str:
    return here.register("alice")


def room(server: Server, token: str, **request: object) -> str:
    """A new public room."""
    with server.client(token) as client:
        return str(
            client.post("/_matrix/client/v3/createRoom", json={"preset": "public_chat", **request}).json()["room_id"]
        )


def test_every_remote_join_passes_the_guard_workers_too(
    here: Server, there: Server, api: ModuleApi, alice: str
) -> None:
    seen = []

    async def guard(servers, room_id, user_id, go_on):  # type: ignore[no-untyped-def]
        seen.append((list(servers), room_id, user_id))
        return await go_on()

    handler = here.hs.get_federation_handler()
    join = handler.do_invite_join
    federation.guard_remote_joins(api, guard)
    try:
        target = room(there, there.register("bob"))
        with here.client(alice) as client:
            answer = client.post(f"/_matrix/client/v3/join/{target}?via={there.server_name}", json={})
        assert answer.status_code == 200, answer.text
        assert seen == [([there.server_name], target, here.user_id("alice"))]
        # What a worker asks the main process for ends in the same method of the same object.
        assert ReplicationRemoteJoinRestServlet(here.hs).federation_handler is handler
    finally:
        handler.do_invite_join = join  # type: ignore[method-assign]


def test_a_summary_says_whether_a_room_is_encrypted(here: Server, there: Server, api: ModuleApi) -> None:
    carol = there.register("carol")
    plain, secret = room(there, carol), room(there, carol, initial_state=[ENCRYPTION])
    servers = [there.server_name]
    assert here.run(federation.summary_says_encrypted, api, servers, secret) is True
    assert here.run(federation.summary_says_encrypted, api, servers, plain) is False
    assert here.run(federation.summary_says_encrypted, api, servers, "!nowhere:test") is False
    assert here.run(federation.summary_says_encrypted, api, ["localhost:1"], "!elsewhere:test") is False


def test_the_state_tells_whether_a_room_is_encrypted(here: Server, api: ModuleApi, alice: str) -> None:
    assert here.run(federation.room_is_encrypted, api, room(here, alice, initial_state=[ENCRYPTION])) is True
    assert here.run(federation.room_is_encrypted, api, room(here, alice)) is False


def test_a_person_leaves_with_a_reason_from_within_a_change_of_membership(
    here: Server, api: ModuleApi, alice: str
) -> None:
    left = room(here, alice)
    members = here.hs.get_room_member_handler()

    async def within() -> None:
        # The lock of the room is not taken a second time, which would wait for ever.
        async with members.member_linearizer.queue((left,)):
            await federation.leave_room(api, here.user_id("alice"), left, "暗号化のため")

    here.run(within)
    with here.client(alice) as client:
        path = f"/_matrix/client/v3/rooms/{left}/state/m.room.member/{here.user_id('alice')}"
        content = client.get(path).json()
    assert (content["membership"], content["reason"]) == ("leave", "暗号化のため")


def test_the_resources_of_listeners_are_known(api: ModuleApi) -> None:
    assert {name: federation.listens_for(api, name) for name in ("client", "federation", "media")} == {
        "client": True,
        "federation": True,
        "media": False,
    }
