"""What `synapse_compat.py` relies on in Synapse, each by itself, so that an upgrade that moves one says which."""

from collections.abc import Awaitable, Callable
from typing import Any

import bcrypt
import pytest
from kairan.zones import Zone
from kairan_modules import synapse_compat as compat
from kairan_modules.synapse_compat import ModuleApi
from twisted.internet.defer import ensureDeferred, gatherResults

from tests.homeserver.harness import Database, HomeserverFactory, Server, kairan_modules
from tests.homeserver.town import token_of


@pytest.fixture(scope="module")
def either(homeserver_factory: HomeserverFactory, database: Database) -> Server:
    """A homeserver on each of the two engines."""
    server = homeserver_factory(kairan_modules, database=database, password_config={"pepper": "a little pepper"})
    for localpart in ("alice", "bob", "carol"):
        server.register(localpart)
    return server


@pytest.fixture
def api(either: Server) -> ModuleApi:
    return either.hs.get_module_api()


def test_the_listeners_of_the_process_are_known_with_their_tags(api: ModuleApi) -> None:
    assert [(tag, clients) for _, tag, clients in compat.client_listener_tags(api)] == [
        ("internal", True),
        ("internet", True),
        ("lgwan", True),
        ("federation", False),
    ]
    assert compat.is_main_process(api)


def test_a_startup_connection_commits_or_takes_back(api: ModuleApi) -> None:
    with compat.startup_connection(api) as connection:
        connection.cursor(txn_name="test").execute("CREATE TABLE test_kept (x BIGINT)")
    with pytest.raises(ZeroDivisionError), compat.startup_connection(api) as connection:
        connection.cursor(txn_name="test").execute("INSERT INTO test_kept VALUES (1)")
        raise ZeroDivisionError
    with compat.startup_connection(api) as connection:
        cursor = connection.cursor(txn_name="test")
        cursor.execute("SELECT COUNT(*) FROM test_kept")
        assert cursor.fetchone() == (0,)
        cursor.execute("DROP TABLE test_kept")


def test_accounts_that_exist_are_told_from_others(either: Server, api: ModuleApi) -> None:
    wanted = [either.user_id(name) for name in ("alice", "nobody")]
    assert either.run(compat.existing_accounts, api, wanted) == {either.user_id("alice")}


def test_the_stored_password_hash_fits_password_and_pepper(either: Server, api: ModuleApi) -> None:
    either.register("dora", password="ordinary words")
    stored = either.run(compat.password_hash, api, either.user_id("dora"))
    assert stored is not None
    assert bcrypt.checkpw(("ordinary words" + compat.password_pepper(api)).encode(), stored.encode())
    assert either.run(compat.password_hash, api, either.user_id("alice")) is None
    assert either.run(compat.password_hash, api, either.user_id("nobody")) is None


def test_avatars_of_those_who_have_one(either: Server, api: ModuleApi) -> None:
    async def dress() -> None:
        alice = compat.parsed_user_id(either.user_id("alice"))
        handler = either.hs.get_profile_handler()
        await handler.set_avatar_url(
            target_user=alice, requester=compat.create_requester(alice), new_avatar_url="mxc://x/y"
        )

    either.run(dress)
    people = [either.user_id(name) for name in ("alice", "bob")]
    assert either.run(compat.avatar_urls, api, people) == {either.user_id("alice"): "mxc://x/y"}


def test_rooms_in_common_members_and_display_names(either: Server, api: ModuleApi) -> None:
    alice, bob = either.user_id("alice"), either.user_id("bob")
    assert not either.run(compat.share_a_room, api, alice, bob)

    room_id = created(either, "alice", {"preset": "public_chat", "name": "広場"})
    either.run(api.update_room_membership, bob, bob, room_id, "join")
    assert either.run(compat.share_a_room, api, alice, bob)
    assert not either.run(compat.share_a_room, api, alice, either.user_id("nobody"))
    either.run(compat.set_display_name, api, bob, "田中 花子（泉大津市）")
    eventually(either, lambda: compat.room_members(api, room_id), {alice: "alice", bob: "田中 花子（泉大津市）"})


def test_a_locked_account_is_locked_until_it_is_not(either: Server, api: ModuleApi) -> None:
    token = either.register("erin")
    with either.client(token) as client:
        for locked, status in ((True, 401), (False, 200)):
            either.run(compat.lock_account, api, either.user_id("erin"), locked)
            assert client.get("/_matrix/client/v3/joined_rooms").status_code == status


def test_published_rooms_carry_what_the_directory_shows_and_their_organisation(either: Server, api: ModuleApi) -> None:
    carol = either.user_id("carol")

    content = {
        "preset": "public_chat",
        "name": "公園",
        "topic": "木と花",
        "initial_state": [{"type": "test.belongs", "state_key": "", "content": {"organization": "272060"}}],
    }
    room_id = created(either, "carol", content)
    either.run(api.public_room_list_manager.add_room_to_public_room_list, room_id)

    async def described() -> Any:
        rooms = {room.room_id: room for room in await compat.published_rooms(api, "test.belongs")}
        room = rooms.get(room_id)
        return room and (room.creator, room.organization, room.entry)

    entry = {
        "room_id": room_id,
        "name": "公園",
        "topic": "木と花",
        "num_joined_members": 1,
        "world_readable": False,
        "guest_can_join": False,
        "join_rule": "public",
    }
    eventually(either, described, (carol, "272060", entry))


def test_a_cached_method_is_asked_again_after_an_invalidation(either: Server, api: ModuleApi) -> None:
    class Owner:
        server_name = api.server_name
        clock = compat.clock_of(api)
        asked = 0

        @compat.cached(max_entries=10)
        async def answer(self, key: str) -> int:
            self.asked += 1
            return self.asked

    owner = Owner()
    compat.follow_across_workers(api, owner.answer)

    async def ask() -> list[int]:
        before = [await owner.answer("a"), await owner.answer("a")]
        await compat.invalidate_across_workers(api, owner.answer, "a")
        return [*before, await owner.answer("a")]

    assert either.run(ask) == [1, 1, 2]


def test_a_linearizer_lets_one_in_at_a_time(either: Server, api: ModuleApi) -> None:
    queue = compat.linearizer(api, "test")
    steps: list[str] = []

    async def visit(name: str) -> None:
        async with queue.queue("key"):
            steps.append(f"{name} in")
            await api.sleep(0.01)
            steps.append(f"{name} out")

    async def both() -> None:
        await gatherResults([ensureDeferred(visit("one")), ensureDeferred(visit("two"))])

    either.run(both)
    assert steps == ["one in", "one out", "two in", "two out"]


def test_searches_are_limited_as_synapse_is_told_to(homeserver_factory: HomeserverFactory) -> None:
    server = homeserver_factory(kairan_modules, rc_user_directory={"per_second": 0.01, "burst_count": 2})
    with server.client(server.register("someone"), Zone.LGWAN) as client:
        answers = [
            client.post("/_matrix/client/v3/user_directory/search", json={"search_term": "x"}).status_code
            for _ in range(4)
        ]
    assert answers[:2] == [200, 200]
    assert answers[-1] == 429


def created(server: Server, localpart: str, content: dict[str, Any]) -> str:
    """The ID of a new room, made by a request: without one, no zone lets anybody make a room."""
    with server.client(token_of(server, localpart), Zone.LGWAN) as client:
        answer = client.post("/_matrix/client/v3/createRoom", json=content)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["room_id"])


def eventually(server: Server, question: Callable[[], Awaitable[object]], answer: object) -> None:
    """Ask until Synapse's background work has come to the answer."""

    async def ask() -> None:
        for _ in range(600):
            if (now := await question()) == answer:
                return
            await server.hs.get_module_api().sleep(0.05)
        assert now == answer

    server.run(ask)


def test_devices_are_listed_named_and_deleted_with_their_tokens(either: Server, api: ModuleApi) -> None:
    user_id = either.user_id("frank")
    first = either.register("frank")

    async def another(device_id: str) -> str:
        handler = either.hs.get_registration_handler()
        return (await handler.register_device(user_id, device_id, "電話"))[1]

    second, third = either.run(another, "SECOND"), either.run(another, "THIRD")
    listed = {device.device_id: device.name for device in either.run(compat.devices_of, api, user_id)}
    assert (len(listed), listed["SECOND"]) == (3, "電話")
    either.run(compat.rename_device, api, user_id, "SECOND", "庁用電話")
    listed = {device.device_id: device.name for device in either.run(compat.devices_of, api, user_id)}
    assert listed["SECOND"] == "庁用電話"
    with pytest.raises(compat.SynapseError, match="404"):
        either.run(compat.rename_device, api, user_id, "NOBODYS", "x")

    def good(token: str) -> bool:
        with either.client(token) as client:
            return client.get("/_matrix/client/v3/account/whoami").status_code == 200

    either.run(compat.delete_devices, api, user_id, ["SECOND", "NOBODYS"])
    assert [good(token) for token in (first, second, third)] == [True, False, True]
    either.run(compat.end_all_sessions, api, user_id)
    assert [good(token) for token in (first, second, third)] == [False, False, False]
    assert either.run(compat.devices_of, api, user_id) == []


def test_a_check_of_every_request_sees_who_asks_and_by_which_address(either: Server, api: ModuleApi) -> None:
    token = either.register("grace")
    seen: list[tuple[str, str]] = []

    async def check(request: compat.SynapseRequest, requester: compat.Requester) -> None:
        seen.append((requester.user.to_string(), compat.peer_of(request)))
        raise compat.unknown_token()

    auth = either.hs.get_auth()
    unchecked = auth.get_user_by_req
    compat.check_every_request(api, check)
    try:
        with either.client(token) as client:
            paths = ["/_matrix/client/v3/sync?timeout=0", "/_matrix/media/v3/config", "/_synapse/admin/v2/users"]
            paths += ["/_matrix/client/v1/media/config", "/_synapse/client/kairan/v1/me"]
            answers = [client.get(path, headers={"X-Forwarded-For": "192.0.2.1"}) for path in paths]
    finally:
        auth.get_user_by_req = unchecked  # type: ignore[method-assign]
    assert [(answer.status_code, answer.json()["errcode"]) for answer in answers] == [(401, "M_UNKNOWN_TOKEN")] * 5
    assert seen == [(either.user_id("grace"), "127.0.0.1")] * 5
