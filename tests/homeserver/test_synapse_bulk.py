"""Bulk writes into Synapse leave what Synapse's own handlers would have left, in every room version and database."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen
from kairan_modules.synapse_bulk import (
    Member,
    MembershipChanges,
    NewAccount,
    RoomSpec,
    create_accounts,
    create_rooms,
    find_rooms,
    set_display_names,
    set_memberships,
    set_state,
)
from synapse.api.errors import AuthError
from synapse.storage.database import LoggingTransaction
from synapse.types import UserID, create_requester

from tests.homeserver.harness import (
    Database,
    DatabaseSource,
    HomeserverFactory,
    ReactorThread,
    Server,
    start_server,
)

V3 = "/_matrix/client/v3"
VERSIONS = pytest.mark.parametrize("version", ["10", "11", "12"])


@frozen
class House:
    """A homeserver with a bot that makes rooms."""

    server: Server
    bot_token: str
    tokens: dict[str, str] = field(factory=dict)

    @property
    def bot(self) -> UserID:
        return UserID.from_string(self.server.user_id("kairan"))

    def room(self, **spec: Any) -> str:
        async def create() -> list[str]:
            return await create_rooms(self.server.hs, [RoomSpec(**{"name": "危機管理課"} | spec)], sender=self.bot)

        (room_id,) = self.server.run(create)
        return room_id

    def change(self, room_id: str, joins: Sequence[Member] = (), leaves: Sequence[str] = ()) -> MembershipChanges:
        return self.server.run(set_memberships, self.server.hs, room_id, joins, leaves, sender=self.bot)

    def member(self, localpart: str, name: str = "山田 太郎") -> Member:
        """A member with an account and an access token."""
        self.tokens.setdefault(localpart, "")
        self.tokens[localpart] = self.tokens[localpart] or self.server.register(localpart)
        return Member(self.server.user_id(localpart), name)

    def crowd(self, prefix: str, count: int) -> list[Member]:
        """Members with accounts that nobody signs in to."""
        members = [Member(self.server.user_id(f"{prefix}-{number}"), f"職員{number}") for number in range(count)]
        accounts = [NewAccount(member.user_id, member.display_name or "") for member in members]
        self.server.run(create_accounts, self.server.hs, accounts)
        return members

    def call(self, localpart: str, method: str, path: str, expect: int = 200, **arguments: Any) -> Any:
        """A call of the client API as a member, or as the bot."""
        token = self.bot_token if localpart == "kairan" else self.tokens[localpart]
        with self.server.client(token) as client:
            answer = client.request(method, V3 + path, **arguments)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def joined(self, localpart: str, room_id: str) -> dict[str, str | None]:
        """Who is in a room and under what name, as somebody in it sees it."""
        joined = self.call(localpart, "GET", f"/rooms/{room_id}/joined_members")["joined"]
        return {user_id: shown.get("display_name") for user_id, shown in joined.items()}

    def say(self, localpart: str, room_id: str, text: str) -> None:
        path = f"/rooms/{room_id}/send/m.room.message/{time.monotonic_ns()}"
        self.call(localpart, "PUT", path, json={"msgtype": "m.text", "body": text})

    def said(self, localpart: str, room_id: str) -> list[str]:
        """The messages of a room, as somebody in it sees them, the newest first."""
        chunk = self.call(localpart, "GET", f"/rooms/{room_id}/messages", params={"dir": "b", "limit": 50})["chunk"]
        return [event["content"]["body"] for event in chunk if event["type"] == "m.room.message"]

    def select(self, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
        def select(txn: LoggingTransaction) -> list[tuple[Any, ...]]:
            txn.execute(sql, arguments)
            return list(txn)

        return self.server.run(self.server.hs.get_datastores().main.db_pool.runInteraction, "test", select)


def begin(server: Server) -> House:
    return House(server, server.register("kairan", admin=True))


@pytest.fixture(scope="module")
def house(homeserver_factory: HomeserverFactory, database: Database) -> House:
    return begin(homeserver_factory(database=database, federates=True))


@pytest.fixture(scope="module")
def elsewhere(homeserver_factory: HomeserverFactory) -> House:
    """Another prefecture's homeserver."""
    return begin(homeserver_factory(federates=True))


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something that another server or a background job does."""
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.05)


# Rooms and their members


@VERSIONS
def test_first_members_see_the_room_in_sync_with_its_name_and_each_other(house: House, version: str) -> None:
    first = f"first-{version}"
    members = [house.member(first, "職員"), house.member(f"second-{version}", "課長")]
    room_id = house.room(room_version=version, members=members, topic="連絡用")
    sync = house.call(first, "GET", "/sync")["rooms"]["join"][room_id]
    events = {(event["type"], event["state_key"]): event for event in sync["state"]["events"]}
    events |= {(event["type"], event["state_key"]): event for event in sync["timeline"]["events"]}
    assert events["m.room.name", ""]["content"] == {"name": "危機管理課"}
    assert events["m.room.create", ""]["content"]["room_version"] == version
    assert events["m.room.create", ""]["sender"] == str(house.bot)
    names = {member.user_id: member.display_name for member in members}
    assert house.joined(first, room_id) == {str(house.bot): "kairan", **names}
    assert sync["unread_notifications"]["notification_count"] == 0


@VERSIONS
def test_somebody_added_later_appears_in_the_next_sync_and_can_talk(house: House, version: str) -> None:
    early, late = f"early-{version}", f"late-{version}"
    member = house.member(late, "髙橋 花子")
    room_id = house.room(room_version=version, members=[house.member(early)])
    since = {name: house.call(name, "GET", "/sync")["next_batch"] for name in (early, late)}
    assert house.change(room_id, [member]).joined == 1
    news = house.call(early, "GET", "/sync", params={"since": since[early]})
    events = news["rooms"]["join"][room_id]["timeline"]["events"]
    assert [(event["sender"], event["content"]["displayname"]) for event in events] == [(member.user_id, "髙橋 花子")]
    assert room_id in house.call(late, "GET", "/sync", params={"since": since[late]})["rooms"]["join"]
    house.say(late, room_id, "よろしくお願いします")
    assert house.said(early, room_id) == ["よろしくお願いします"]


@VERSIONS
@pytest.mark.parametrize("rule", ["public", "invite", "knock", "restricted"])
def test_members_join_whatever_the_rooms_rule(house: House, version: str, rule: str) -> None:
    room_id = house.room(room_version=version, join_rule={"join_rule": rule}, members=[house.member("before")])
    crowd = house.crowd(f"rule-{version}-{rule}", 120)
    assert house.change(room_id, crowd) == MembershipChanges(joined=120)
    joined = house.joined("before", room_id)
    assert joined == joined | {member.user_id: member.display_name for member in crowd}
    assert len(joined) == 122


@VERSIONS
def test_nobody_comes_into_a_provisioned_room_uninvited(house: House, elsewhere: House, version: str) -> None:
    room_id = house.room(room_version=version)
    house.member("outsider")
    house.call("outsider", "POST", f"/join/{room_id}", expect=403, json={})
    elsewhere.member("outsider")
    via = {"server_name": house.server.server_name}
    elsewhere.call("outsider", "POST", f"/join/{room_id}", expect=403, params=via, json={})
    house.call("kairan", "POST", f"/rooms/{room_id}/invite", json={"user_id": house.server.user_id("outsider")})
    house.call("outsider", "POST", f"/join/{room_id}", json={})


def test_repeating_changes_nothing(house: House) -> None:
    members = house.crowd("again", 5)
    room_id = house.room(members=members[:3])
    assert house.change(room_id, members).joined == 2
    before = house.select("SELECT count(*) FROM events")
    assert house.change(room_id, members, [house.server.user_id("never-seen")]) == MembershipChanges()
    assert house.select("SELECT count(*) FROM events") == before


def test_a_member_under_another_name_is_renamed_and_one_who_leaves_goes_by_themselves(house: House) -> None:
    room_id = house.room(members=[house.member("stays", "旧姓"), house.member("goes")])
    since = house.call("goes", "GET", "/sync")["next_batch"]
    changes = house.change(room_id, [house.member("stays", "新姓")], [house.server.user_id("goes")])
    assert changes == MembershipChanges(renamed=1, left=1)
    assert house.joined("stays", room_id)[house.server.user_id("stays")] == "新姓"
    left = house.call("goes", "GET", "/sync", params={"since": since})["rooms"]["leave"][room_id]
    assert left["timeline"]["events"][-1]["sender"] == house.server.user_id("goes")
    house.change(room_id, [house.member("goes")])
    assert len(house.joined("goes", room_id)) == 3


def test_somebody_whom_the_room_has_banned_is_named_and_the_others_join(house: House) -> None:
    room_id = house.room()
    banned = house.member("banned")
    house.call("kairan", "POST", f"/rooms/{room_id}/ban", json={"user_id": banned.user_id})
    changes = house.change(room_id, [banned, house.member("not-banned")])
    assert changes == MembershipChanges(joined=1, banned=(banned.user_id,))


def test_a_sender_who_may_not_invite_is_refused_and_nothing_is_sent(house: House) -> None:
    room_id = house.room(members=[house.member("plain")])
    sender = UserID.from_string(house.server.user_id("plain"))
    members = house.crowd("unwelcome", 3)
    with pytest.raises(AuthError):
        house.server.run(set_memberships, house.server.hs, room_id, members, (), sender=sender)
    assert len(house.joined("plain", room_id)) == 2


def test_a_room_that_is_not_here_is_an_error(house: House) -> None:
    with pytest.raises(LookupError, match="!nowhere"):
        house.change("!nowhere:test", house.crowd("nowhere", 1))


def test_rooms_made_together_are_different_rooms_each_with_its_state_and_members(house: House) -> None:
    members = house.crowd("many", 130)
    specs = [
        RoomSpec("泉大津市", room_type="m.space", state=[("jp.kairan.room", "", {"organization": "272060"})]),
        RoomSpec("人事課", members=members, state=[("jp.kairan.room", "", {"organization": "272060", "section": "j"})]),
        *[RoomSpec("同じ名前") for _ in range(10)],
    ]

    async def create() -> list[str]:
        return await create_rooms(house.server.hs, specs, sender=house.bot)

    rooms = house.server.run(create)
    assert len(set(rooms)) == len(specs)
    assert len(house.joined("kairan", rooms[1])) == 131
    found = house.server.run(find_rooms, house.server.hs, house.bot, "jp.kairan.room")
    assert found == found | {
        rooms[0]: {"organization": "272060"},
        rooms[1]: {"organization": "272060", "section": "j"},
    }
    assert not found.keys() & set(rooms[2:])
    create_event = house.call("kairan", "GET", f"/rooms/{rooms[0]}/state/m.room.create")
    assert create_event["type"] == "m.space"


def test_rooms_of_other_people_are_not_found_as_ours(house: House) -> None:
    stranger = house.member("stranger")
    fake = {"type": "jp.kairan.room", "state_key": "", "content": {"organization": "272060"}}
    request = {"invite": [str(house.bot)], "initial_state": [fake]}
    room_id = house.call(stranger.user_id[1:].split(":")[0], "POST", "/createRoom", json=request)["room_id"]
    house.call("kairan", "POST", f"/join/{room_id}", json={})
    assert room_id not in house.server.run(find_rooms, house.server.hs, house.bot, "jp.kairan.room")


def test_state_is_sent_when_it_differs_and_not_again(house: House) -> None:
    room_id = house.room()
    state: list[tuple[str, str, Mapping[str, Any]]] = [
        ("m.room.name", "", {"name": "危機管理課"}),
        ("m.space.child", "!a:test", {"via": [house.server.server_name]}),
    ]
    assert house.server.run(set_state, house.server.hs, room_id, state, sender=house.bot) == 1
    assert house.server.run(set_state, house.server.hs, room_id, state, sender=house.bot) == 0
    child = house.call("kairan", "GET", f"/rooms/{room_id}/state/m.space.child/!a:test")
    assert child == {"via": [house.server.server_name]}


# What is in the database


def test_a_bulk_join_is_in_every_table_that_a_stock_join_is_in(house: House) -> None:
    room_id = house.room(join_rule={"join_rule": "public"})
    house.member("stock")
    house.call("stock", "POST", f"/join/{room_id}", json={})
    house.change(room_id, [house.member("bulk")])

    def places(localpart: str) -> dict[str, int]:
        """Tables that mention the join by its event ID, and how often."""
        user_id = house.server.user_id(localpart)
        ((event_id,),) = house.select(
            "SELECT event_id FROM local_current_membership WHERE room_id = ? AND user_id = ?", room_id, user_id
        )
        found = {}
        for table, column in event_columns(house):
            ((count,),) = house.select(f"SELECT count(*) FROM {table} WHERE {column} = ?", event_id)
            if count:
                found[f"{table}.{column}"] = count
        return found

    # Which events came before is another matter than what is kept of them.
    stock, bulk = places("stock"), places("bulk")
    stock.pop("event_edges.prev_event_id")
    assert bulk.pop("event_forward_extremities.event_id") == 1
    assert bulk == stock
    assert "sliding_sync_membership_snapshots.membership_event_id" in bulk


def event_columns(house: House) -> list[tuple[str, str]]:
    """Table and column of all columns that hold event IDs."""
    engine = house.server.hs.get_datastores().main.database_engine
    if engine.module.__name__ == "sqlite3":
        sql = "SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'"
    else:
        sql = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    return [(table, column) for table, column in house.select(sql) if column.endswith("event_id")]


def test_the_stored_state_after_each_event_is_what_a_replay_of_the_room_gives(house: House) -> None:
    room_id = house.room(members=house.crowd("replay-a", 8))
    crowd = house.crowd("replay-b", 120)
    house.change(room_id, crowd[:104])
    house.change(room_id, crowd[104:], [member.user_id for member in crowd[:10]])
    assert_states_are_as_replayed(house, room_id)


def test_the_stored_state_is_right_after_more_batches_than_a_chain_of_differences_may_have(house: House) -> None:
    room_id = house.room()
    for member in house.crowd("hops", 104):
        house.change(room_id, [member])
    assert_states_are_as_replayed(house, room_id)
    # One of the groups begins anew, with no group before it, as only the state before the room was made does otherwise.
    roots = """
        SELECT id FROM state_groups LEFT JOIN state_group_edges ON state_group_edges.state_group = state_groups.id
        WHERE room_id = ? AND prev_state_group IS NULL
    """
    assert len(house.select(roots, room_id)) == 2


def assert_states_are_as_replayed(house: House, room_id: str) -> None:
    controller = house.server.hs.get_storage_controllers().state
    rows = house.select(
        "SELECT event_id, type, state_key FROM events WHERE room_id = ? ORDER BY stream_ordering", room_id
    )
    replayed: dict[tuple[str, str], str] = {}
    expected = {}
    for event_id, event_type, state_key in rows:
        replayed = replayed | {(event_type, state_key): event_id}
        expected[event_id] = replayed

    async def stored() -> dict[str, dict[tuple[str, str], str]]:
        groups = await controller.get_state_group_for_events(list(expected))
        return {event_id: dict(await controller.get_state_ids_for_group(group)) for event_id, group in groups.items()}

    assert house.server.run(stored) == expected
    current = house.select("SELECT type, state_key, event_id FROM current_state_events WHERE room_id = ?", room_id)
    assert {(event_type, state_key): event_id for event_type, state_key, event_id in current} == replayed


def test_a_room_with_two_newest_events_is_gone_on_from_both(house: House) -> None:
    room_id = house.room(members=house.crowd("fork", 2))

    async def fork() -> None:
        """Two events that do not know of each other, as when two servers send at the same moment."""
        handler = house.server.hs.get_event_creation_handler()
        requester = create_requester(house.bot)
        newest = await house.server.hs.get_datastores().main.get_prev_events_for_room(room_id)
        for topic in ("左", "右"):
            event = {"type": "m.room.topic", "state_key": "", "room_id": room_id, "sender": str(house.bot)}
            event["content"] = {"topic": topic}  # type: ignore[assignment]
            made, context = await handler.create_event(requester, event, prev_event_ids=list(newest))
            await handler.handle_new_client_event(requester, [(made, await context.persist(made))], ratelimit=False)

    house.server.run(fork)
    assert len(house.select("SELECT 1 FROM event_forward_extremities WHERE room_id = ?", room_id)) == 2
    assert house.change(room_id, house.crowd("after-fork", 3)).joined == 3
    assert len(house.select("SELECT 1 FROM event_forward_extremities WHERE room_id = ?", room_id)) == 1
    assert len(house.joined("kairan", room_id)) == 6


def test_background_jobs_count_the_members(house: House) -> None:
    crowd = house.crowd("counted", 12)
    room_id = house.room(members=crowd[:5])
    house.change(room_id, crowd[5:], [crowd[0].user_id])
    sql = "SELECT joined_members, local_users_in_room, left_members FROM room_stats_current WHERE room_id = ?"
    until(lambda: house.select(sql, room_id) == [(12, 12, 1)], "counting")
    ((rooms,),) = house.select("SELECT joined_rooms FROM user_stats_current WHERE user_id = ?", crowd[3].user_id)
    assert rooms == 1


@VERSIONS
def test_a_room_can_be_upgraded_with_its_members(house: House, version: str) -> None:
    room_id = house.room(room_version=version, members=house.crowd("upgraded", 3))
    answer = house.call("kairan", "POST", f"/rooms/{room_id}/upgrade", json={"new_version": "12"})
    replacement = answer["replacement_room"]
    assert house.change(replacement, house.crowd("upgraded", 3)).joined == 3
    assert len(house.joined("kairan", replacement)) == 4


# Federation


@VERSIONS
def test_another_server_sees_all_members_and_those_who_come_later(house: House, elsewhere: House, version: str) -> None:
    members = [house.member(f"local-{version}", "大阪 太郎"), *house.crowd(f"federated-{version}", 10)]
    room_id = house.room(room_version=version, members=members)
    guest = elsewhere.member(f"guest-{version}")
    name = f"guest-{version}"
    house.call("kairan", "POST", f"/rooms/{room_id}/invite", json={"user_id": guest.user_id})
    elsewhere.call(name, "POST", f"/join/{room_id}", params={"server_name": house.server.server_name}, json={})
    assert elsewhere.joined(name, room_id).keys() == {guest.user_id, str(house.bot), *(m.user_id for m in members)}

    house.say(f"local-{version}", room_id, "大阪から")
    until(lambda: elsewhere.said(name, room_id) == ["大阪から"], "the message")
    elsewhere.say(name, room_id, "東京から")
    until(lambda: house.said(f"local-{version}", room_id)[0] == "東京から", "the answer")

    later = house.crowd(f"later-{version}", 15)
    house.change(room_id, later, [member.user_id for member in members[1:6]])
    until(lambda: later[-1].user_id in elsewhere.joined(name, room_id), "the joins")
    until(lambda: len(elsewhere.joined(name, room_id)) == 1 + 1 + 11 + 15 - 5, "the leaves")
    assert elsewhere.select("SELECT event_id FROM rejections") == []


def test_events_are_sent_out_only_where_other_servers_are_in_the_room(house: House, elsewhere: House) -> None:
    room_id = house.room(members=house.crowd("alone", 2))
    guest = elsewhere.member("visitor")
    house.call("kairan", "POST", f"/rooms/{room_id}/invite", json={"user_id": guest.user_id})
    via = {"server_name": house.server.server_name}
    elsewhere.call("visitor", "POST", f"/join/{room_id}", params=via, json={})
    late = house.crowd("with-company", 1)
    house.change(room_id, late)

    async def sent_out(user_id: str) -> bool:
        store = house.server.hs.get_datastores().main
        _, event_id = await store.get_local_current_membership_for_user_in_room(user_id, room_id)
        assert event_id is not None
        return (await store.get_event(event_id)).internal_metadata.should_proactively_send()

    assert not house.server.run(sent_out, house.server.user_id("alone-0"))
    assert house.server.run(sent_out, late[0].user_id)


# Accounts


def test_a_new_account_signs_in_with_its_password_and_shows_its_name(house: House) -> None:
    async def hash_password() -> str:
        return await house.server.hs.get_auth_handler().hash("最初の合言葉")

    hashed = house.server.run(hash_password)
    user_id = house.server.user_id("1001")
    # That it is not there is remembered, here and by workers.
    assert house.server.run(house.server.hs.get_module_api().get_userinfo_by_id, user_id) is None
    made = house.server.run(create_accounts, house.server.hs, [NewAccount(user_id, "山田 太郎", hashed)])
    assert made == {user_id}
    login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "1001"}}
    with house.server.client() as client:
        assert client.post(V3 + "/login", json=login | {"password": "最初の合言葉"}).status_code == 200
        assert client.get(V3 + f"/profile/{user_id}").json() == {"displayname": "山田 太郎"}


def test_an_account_that_is_there_is_left_as_it_is(house: House) -> None:
    user_id = house.member("already-there").user_id
    accounts = [NewAccount(user_id, "別の名前"), NewAccount(house.server.user_id("new-beside"), "新しい")]
    assert house.server.run(create_accounts, house.server.hs, accounts) == {house.server.user_id("new-beside")}
    assert house.call("already-there", "GET", f"/profile/{user_id}") == {"displayname": "already-there"}
    assert house.server.run(create_accounts, house.server.hs, accounts) == set()


def test_a_bulk_account_has_the_same_rows_as_a_registered_one(house: House) -> None:
    house.server.run(create_accounts, house.server.hs, [NewAccount(house.server.user_id("rowa"), "同じ名前")])

    async def register() -> None:
        handler = house.server.hs.get_registration_handler()
        await handler.register_user("rowb", default_display_name="同じ名前", approved=True)

    house.server.run(register)

    def rows(localpart: str) -> dict[str, list[list[str]]]:
        user_id = house.server.user_id(localpart)
        ((created,),) = house.select("SELECT creation_ts FROM users WHERE name = ?", user_id)
        found = {}
        for table, column in [
            ("users", "name"),
            ("profiles", "full_user_id"),
            ("user_stats_current", "user_id"),
            ("user_directory", "user_id"),
            ("user_directory_search", "user_id"),
        ]:
            lines = house.select(f"SELECT * FROM {table} WHERE {column} = ?", user_id)
            found[table] = [["created" if v == created else str(v).replace(localpart, "row") for v in x] for x in lines]
        return found

    assert rows("rowa") == rows("rowb")
    assert all(rows("rowa").values())


def test_synapses_own_directory_finds_the_new_name_and_not_the_old(house: House) -> None:
    member = house.member("renamed")
    house.server.run(set_display_names, house.server.hs, {member.user_id: "Hanako Suzuki"})
    store = house.server.hs.get_datastores().main

    async def search(term: str) -> list[str]:
        return [found["user_id"] for found in (await store.search_user_dir(str(house.bot), term, 10))["results"]]

    indexed = "SELECT display_name FROM user_directory WHERE user_id = ?"
    assert house.select(indexed, member.user_id) == [("Hanako Suzuki",)]
    room_id = house.room(members=[member])
    until(lambda: house.server.run(search, "hanako") == [member.user_id], "finding")
    house.server.run(set_display_names, house.server.hs, {member.user_id: "Hanako Tanaka"})
    assert house.server.run(search, "suzuki") == []
    assert house.server.run(search, "tanaka") == [member.user_id]
    # The room goes on with the old name until it is told.
    assert house.joined("renamed", room_id)[member.user_id] == "山田 太郎"


# Interruption


def test_a_server_that_was_killed_in_the_middle_has_valid_rooms_and_repeating_completes_them(
    reactor_thread: ReactorThread, sqlite_databases: DatabaseSource, tmp_path: Path
) -> None:
    database = sqlite_databases(tmp_path)
    path = str(tmp_path / "homeserver.db")
    code = f"from tests.homeserver.test_synapse_bulk import be_killed; be_killed({path!r})"
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, timeout=120
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()[-2000:]
    folder = tmp_path / "again"
    folder.mkdir()
    server = start_server(reactor_thread, folder, lambda _: database, **AS_BEFORE)
    try:
        house = House(server, server.register("somebody", admin=True))
        ((room_id,),) = house.select("SELECT room_id FROM rooms")
        ((there,),) = house.select("SELECT count(*) FROM local_current_membership")
        assert 100 <= there < 1 + KILLED_AT_MOST
        changes = house.change(room_id, house.crowd("killed", KILLED_AT_MOST))
        assert changes == MembershipChanges(joined=1 + KILLED_AT_MOST - there)
        assert_states_are_as_replayed(house, room_id)
    finally:
        server.stop()


KILLED_AT_MOST = 400
AS_BEFORE: dict[str, Any] = {
    "server_name": "killed.test",
    "signing_key": "ed25519 a_kill 6d6s7OJRnvXWt3wBCHcsbgS39vR3VwD8ClNyTL2TiHU",
}


def be_killed(path: str) -> None:
    """Run in a process of its own: join hundreds, and be killed when the first of them are in."""
    thread = ReactorThread()
    thread.start()
    folder = Path(path).parent / "first"
    folder.mkdir()
    database: dict[str, object] = {"name": "sqlite3", "args": {"database": path}}
    server = start_server(thread, folder, lambda _: database, **AS_BEFORE)
    house = begin(server)
    room_id = house.room()
    crowd = house.crowd("killed", KILLED_AT_MOST)

    async def begin_joining() -> None:
        server.hs.run_as_background_process("test", set_memberships, server.hs, room_id, crowd, (), sender=house.bot)

    server.run(begin_joining)
    connection = sqlite3.connect(path)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ((there,),) = connection.execute("SELECT count(*) FROM local_current_membership").fetchall()
        if there >= 100:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.001)
