"""Every command is answered exactly once, whatever is killed, cut off or repeated, and whenever."""

import gc
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import attrs
import httpx
import pytest
from kairan.zones import Zone
from synapse.rest.client.transactions import HttpTransactionCache

from tests.homeserver.bridge_process import Bridge, Line, Somebody, eventually, line_to
from tests.homeserver.harness import HomeserverFactory, Server, kairan_modules
from tests.homeserver.town import ORGANIZATIONS, PEOPLE, Town, token_of

NAME = "delivery.test"


@attrs.frozen
class World:
    """A homeserver, a line from the bridge to it, and a member of staff in a room with the bot."""

    server: Server
    bridge: Bridge
    line: Line
    person: Somebody
    room_id: str

    def deliver(self, transaction_id: str, event_id: str, body: str = "!help") -> httpx.Response:
        """Put a message to the bridge, by hand, as the homeserver does."""
        return self.bridge.deliver(transaction_id, {"events": [self.event(event_id, body)]})

    def event(self, event_id: str, body: str = "!help") -> dict[str, Any]:
        """A message of the member of staff, as the homeserver delivers it."""
        return {
            "type": "m.room.message",
            "event_id": event_id,
            "room_id": self.room_id,
            "sender": f"@1001:{NAME}",
            "origin_server_ts": int(time.time() * 1000),
            "content": {"msgtype": "m.text", "body": body},
        }

    def answers(self, event_id: str) -> int:
        """How many answers an event has in the end: a later command has had its answer by then."""
        self.person.ask(self.room_id, self.bridge.bot, "!help")
        return len(self.person.answers(self.room_id, self.bridge.bot, event_id))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What is in the bridge's database."""
        with sqlite3.connect(self.bridge.folder / "bridge.db") as database:
            return database.execute(query).fetchall()


@pytest.fixture(scope="module")
def shared(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    bridge = Bridge(tmp_path_factory.mktemp("bridge"), NAME)
    registration = bridge.write_registration()
    server = homeserver_factory(kairan_modules, server_name=NAME, app_service_config_files=[str(registration)])
    with ExitStack() as stack:
        line = stack.enter_context(line_to(server))
        bridge.connect_to(server, line.url)
        stack.callback(bridge.stop)
        bridge.start()
        town = Town(server=server, operator=server.register("operator", admin=True), tokens={})
        assert town.declare("organizations", {"organizations": ORGANIZATIONS}).status_code == 200
        assert town.declare("people", {"people": PEOPLE}).status_code == 200
        client = stack.enter_context(server.client(token_of(server, "1001"), Zone.LGWAN))
        person = Somebody(client)
        room_id = person.make_room([bridge.bot], name="危機管理課")
        person.wait_until_joined(room_id, bridge.bot)
        yield World(server, bridge, line, person, room_id)


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """The shared world with a bridge that runs, and a line that is whole before and after."""
    if not shared.bridge.runs:
        shared.bridge.start()
    yield shared
    shared.line.cut, shared.line.lose_answers_to, shared.line.fail = False, None, None
    shared.line.lost.clear()


def made_up() -> str:
    """The ID of an event that only the bridge has heard of."""
    return "$" + secrets.token_urlsafe(32)


def test_a_bridge_killed_between_storing_and_handling_answers_once(world: World) -> None:
    world.line.cut = True
    event_id = world.person.say(world.room_id, "!help")
    stored = f"SELECT handled_at FROM inbox_events WHERE event_id = '{event_id}'"
    eventually(lambda: world.rows(stored), "the event is stored")
    world.bridge.kill()
    assert world.rows(stored) == [(None,)]
    world.line.cut = False
    world.bridge.start()
    assert world.answers(event_id) == 1


def test_a_bridge_killed_after_answering_but_before_noting_it_answers_once(world: World) -> None:
    world.line.lose_answers_to = "/send/"
    event_id = world.person.say(world.room_id, "!help")
    assert world.line.lost.wait(30)
    world.bridge.kill()
    assert world.rows(f"SELECT handled_at FROM inbox_events WHERE event_id = '{event_id}'") == [(None,)]
    world.line.lose_answers_to = None
    sends = [path for path in world.line.passed if "/send/" in path]
    world.bridge.start()
    assert world.answers(event_id) == 1
    again = [path for path in world.line.passed if "/send/" in path][len(sends) :]
    assert sends[-1] in again, "the answer was not sent a second time, so this test shows nothing"


def test_an_answer_that_got_lost_on_the_way_is_not_sent_twice(world: World) -> None:
    world.line.lose_answers_to = "/send/"
    event_id = world.person.say(world.room_id, "!help")
    assert world.line.lost.wait(30)
    world.line.lose_answers_to = None
    assert world.answers(event_id) == 1


def test_the_homeserver_knows_the_answer_again_though_it_was_restarted_too(world: World) -> None:
    """Its memory of application services' transactions is gone after a restart; that of devices is not."""
    world.line.lose_answers_to = "/send/"
    event_id = world.person.say(world.room_id, "!help")
    assert world.line.lost.wait(30)
    world.bridge.kill()
    assert forget_transactions(world.server) > 0
    world.line.lose_answers_to = None
    world.bridge.start()
    assert world.answers(event_id) == 1


def forget_transactions(server: Server) -> int:
    """Take from a homeserver what a restart takes from it: the answers to transactions in its memory."""

    async def forget() -> int:
        caches = [o for o in gc.get_objects() if isinstance(o, HttpTransactionCache) and o.hs is server.hs]
        known = sum(len(cache.transactions) for cache in caches)
        for cache in caches:
            cache.transactions.clear()
        return known

    return server.run(forget)


def test_commands_sent_while_the_bridge_is_down_are_answered_after_its_start(world: World) -> None:
    assert world.bridge.stop() == 0
    sent = [world.person.say(world.room_id, "!help") for _ in range(3)]
    world.bridge.start()
    for event_id in sent:
        world.person.wait_for_answer(world.room_id, world.bridge.bot, event_id)
    assert [world.answers(event_id) for event_id in sent] == [1, 1, 1]


def test_a_transaction_delivered_twice_is_answered_once(world: World) -> None:
    event_id = world.person.say(world.room_id, "何でもない")
    transaction_id = secrets.token_hex()
    before = world.bridge.metric('kairan_bridge_transactions_total{result="repeated"}')
    # The event is in the room but known to the bridge as no command, so a new ID is used for the command.
    command = made_up()
    assert world.deliver(transaction_id, command).status_code == 200
    assert world.deliver(transaction_id, command).status_code == 200
    assert world.bridge.metric('kairan_bridge_transactions_total{result="repeated"}') == before + 1
    assert world.answers(command) == 1
    assert world.answers(event_id) == 0


def test_an_event_that_comes_in_two_transactions_is_answered_once(world: World) -> None:
    command = made_up()
    assert world.deliver(secrets.token_hex(), command).status_code == 200
    assert world.deliver(secrets.token_hex(), command).status_code == 200
    assert world.answers(command) == 1


def test_a_repeat_after_a_restart_is_still_a_repeat(world: World) -> None:
    command, transaction_id = made_up(), secrets.token_hex()
    assert world.deliver(transaction_id, command).status_code == 200
    world.bridge.kill()
    world.bridge.start()
    assert world.deliver(transaction_id, command).status_code == 200
    assert world.answers(command) == 1


def test_a_used_transaction_id_with_new_events_is_new(world: World) -> None:
    """A homeserver whose database was made anew counts from 1 again."""
    first, second = made_up(), made_up()
    assert world.deliver("1", first).status_code == 200
    assert world.deliver("1", second).status_code == 200
    assert world.answers(first) == world.answers(second) == 1


@pytest.mark.parametrize("token", ["", "wrong", "ｗｒｏｎｇ"], ids=["none", "wrong", "not ASCII"])
def test_without_the_right_token_nothing_is_stored(world: World, token: str) -> None:
    event_id = made_up()
    answer = httpx.put(
        f"{world.bridge.url}/_matrix/app/v1/transactions/{secrets.token_hex()}",
        json={"events": [world.event(event_id)]},
        headers={b"Authorization": f"Bearer {token}".encode()} if token else {},
        trust_env=False,
    )
    assert answer.status_code == (403 if token else 401)
    assert answer.json()["errcode"] == ("M_FORBIDDEN" if token else "M_UNAUTHORIZED")
    assert world.rows(f"SELECT 1 FROM inbox_events WHERE event_id = '{event_id}'") == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"{}",
        b'{"events": {}}',
        b'{"events": [5]}',
        b'{"events": [{"room_id": "!a:b"}]}',
        b'{"events": [{"event_id": "$a"}]}',
        b"[" * 100_000,
    ],
    ids=range(10),
)
def test_a_malformed_body_is_refused_and_not_stored(world: World, body: bytes) -> None:
    before = world.rows("SELECT COUNT(*) FROM inbox_transactions")
    answer = world.bridge.deliver(secrets.token_hex(), body)
    assert (answer.status_code, answer.json()["errcode"]) == (400, "M_BAD_JSON")
    assert world.rows("SELECT COUNT(*) FROM inbox_transactions") == before


def test_a_transaction_of_many_large_events_is_taken(world: World) -> None:
    events = [{**world.event(made_up(), "x" * 60_000)} for _ in range(100)]
    command = made_up()
    assert world.bridge.deliver(secrets.token_hex(), {"events": [*events, world.event(command)]}).status_code == 200
    assert world.answers(command) == 1


def test_what_cannot_be_stored_is_refused_so_that_it_comes_again(world: World) -> None:
    command, transaction_id = made_up(), secrets.token_hex()
    blocker = sqlite3.connect(world.bridge.folder / "bridge.db", isolation_level=None)
    try:
        blocker.execute("BEGIN IMMEDIATE")
        assert world.deliver(transaction_id, command).status_code == 500
    finally:
        blocker.close()
    assert world.deliver(transaction_id, command).status_code == 200
    assert world.answers(command) == 1


def test_an_outage_of_the_homeserver_costs_no_answer(world: World) -> None:
    world.line.cut = True
    command = made_up()
    assert world.deliver(secrets.token_hex(), command).status_code == 200

    def complaints() -> dict[str, Any]:
        answer = httpx.get(f"{world.bridge.url}/health", trust_env=False, timeout=30)
        checks: dict[str, Any] = answer.json()["checks"]
        return checks if answer.status_code == 503 else {}

    checks = eventually(complaints, "it says that it is not well")
    assert "does not answer" in checks["homeserver"]["error"]
    assert checks["inbox"]["depth"] == 1
    world.line.cut = False
    assert world.answers(command) == 1


def test_a_room_whose_event_keeps_failing_does_not_hold_up_the_others(world: World) -> None:
    other = world.person.make_room([world.bridge.bot], name="人事課")
    world.person.wait_until_joined(other, world.bridge.bot)
    world.line.fail = f"/rooms/{world.room_id.replace('!', '%21').replace(':', '%3A')}/send/"
    command = made_up()
    assert world.deliver(secrets.token_hex(), command).status_code == 200
    eventually(lambda: world.bridge.metric("kairan_bridge_event_retries_total") >= 1, "the event is put off")
    world.person.ask(other, world.bridge.bot, "!help")
    assert world.person.answers(world.room_id, world.bridge.bot, command) == []
    world.line.fail = None
    assert world.answers(command) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"content": {"msgtype": "m.text", "body": 5}},
        {"content": {"msgtype": "m.text", "body": "!help", "m.relates_to": []}},
        {"content": {"msgtype": "m.text", "body": "!" + "あ" * 5000}},
        {"content": []},
        {"sender": None},
        {"origin_server_ts": "now"},
        {"type": ["m.room.message"]},
        {"type": "m.room.member", "state_key": 5, "content": {"membership": "invite"}},
    ],
    ids=range(8),
)
def test_an_event_of_strange_form_does_not_stop_the_queue(world: World, change: dict[str, object]) -> None:
    failed = world.bridge.metric('kairan_bridge_events_total{result="failed"}')
    event = world.event(made_up()) | change
    command = made_up()
    body = {"events": [event, world.event(command)]}
    assert world.bridge.deliver(secrets.token_hex(), body).status_code == 200
    world.person.wait_for_answer(world.room_id, world.bridge.bot, command)
    assert world.bridge.metric('kairan_bridge_events_total{result="failed"}') == failed


def test_a_command_of_two_days_ago_is_not_answered(world: World) -> None:
    old = world.event(made_up())
    old["origin_server_ts"] -= 2 * 24 * 3600 * 1000
    assert world.bridge.deliver(secrets.token_hex(), {"events": [old]}).status_code == 200
    assert world.answers(old["event_id"]) == 0


def test_the_homeserver_reaches_it_by_a_ping(world: World) -> None:
    ping = httpx.post(
        f"{world.bridge.url}/_matrix/app/v1/ping",
        json={},
        headers={"Authorization": f"Bearer {world.bridge.hs_token}"},
        trust_env=False,
    )
    assert (ping.status_code, ping.json()) == (200, {})
    assert httpx.post(f"{world.bridge.url}/_matrix/app/v1/ping", json={}, trust_env=False).status_code == 401
