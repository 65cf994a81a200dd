"""The bot on a real homeserver with the real modules: what staff, and others, get from it."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import attrs
import httpx
import pytest
from kairan.zones import Zone

from tests.homeserver.bridge_process import Bridge, Somebody, eventually
from tests.homeserver.harness import HomeserverFactory, Server, kairan_modules
from tests.homeserver.town import ORGANIZATIONS, PEOPLE, Town, token_of


@attrs.frozen
class World:
    """A homeserver, its bridge, and people: 1001 and 1002 are staff, `stranger` is nobody's."""

    server: Server
    bridge: Bridge
    people: dict[str, Somebody]

    @property
    def bot(self) -> str:
        return self.bridge.bot

    def direct_chat(self, who: str) -> tuple[Somebody, str]:
        """A new direct chat of somebody and the bot."""
        person = self.people[who]
        room_id = person.make_room([self.bot], direct=True)
        person.wait_until_joined(room_id, self.bot)
        return person, room_id

    def group(self, who: str) -> tuple[Somebody, str]:
        """A new room with a name, of somebody and the bot."""
        person = self.people[who]
        room_id = person.make_room([self.bot], name="危機管理課")
        person.wait_until_joined(room_id, self.bot)
        return person, room_id


@pytest.fixture(scope="module")
def world(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    bridge = Bridge(tmp_path_factory.mktemp("bridge"), "bot.test")
    registration = bridge.write_registration()
    server = homeserver_factory(kairan_modules, server_name="bot.test", app_service_config_files=[str(registration)])
    bridge.connect_to(server)
    with ExitStack() as stack:
        stack.callback(bridge.stop)
        bridge.start()
        yield World(server, bridge, sign_in(stack, server))


def sign_in(stack: ExitStack, server: Server) -> dict[str, Somebody]:
    town = Town(server=server, operator=server.register("operator", admin=True), tokens={})
    assert town.declare("organizations", {"organizations": ORGANIZATIONS}).status_code == 200
    assert town.declare("people", {"people": PEOPLE}).status_code == 200
    tokens = {name: token_of(server, name) for name in ("1001", "1002")}
    tokens["stranger"] = server.register("stranger")
    return {name: Somebody(stack.enter_context(server.client(token, Zone.LGWAN))) for name, token in tokens.items()}


def test_a_member_of_staff_invites_it_and_is_greeted_and_helped(world: World) -> None:
    person, room_id = world.direct_chat("1001")
    eventually(lambda: person.messages(room_id, world.bot), "a greeting")
    assert "回覧（Kairan）です" in person.messages(room_id, world.bot)[0]["content"]["body"]
    answer = person.ask(room_id, world.bot, "!help")
    assert answer["msgtype"] == "m.notice"
    assert "・!ヘルプ" in answer["body"]
    assert "・!言語" in answer["body"]
    assert "<code>!言語 en または ja</code>" in answer["formatted_body"]
    assert len(person.messages(room_id, world.bot)) == 2


@pytest.mark.parametrize("typed", ["!ヘルプ", "！ヘルプ", "！ﾍﾙﾌﾟ", "!HELP", "！ｈｅｌｐ", "!使い方"])
def test_every_spelling_of_help_is_understood(world: World, typed: str) -> None:
    person, room_id = world.direct_chat("1001")
    assert "・!ヘルプ" in person.ask(room_id, world.bot, typed)["body"]


def test_its_name_and_picture_show_in_its_profile(world: World) -> None:
    profile = world.people["1001"].call("GET", f"/profile/{world.bot}")
    assert profile["displayname"] == "回覧（Kairan）"
    assert profile["avatar_url"].startswith("mxc://bot.test/")


def test_a_person_without_a_posting_is_turned_away_with_the_reason(world: World) -> None:
    stranger = world.people["stranger"]
    room_id = stranger.make_room([world.bot], direct=True)
    eventually(lambda: stranger.membership(room_id, world.bot) == "leave", "the bot rejects the invite")
    state = stranger.call("GET", f"/rooms/{room_id}/members")["chunk"]
    (member,) = (event for event in state if event["state_key"] == world.bot)
    assert "職員だけです" in member["content"]["reason"]
    assert "Only staff" in member["content"]["reason"]


def test_a_person_without_a_posting_gets_no_answer_in_a_room(world: World) -> None:
    # The modules let nobody in from outside uninvited; a room of their own is how strangers get beside the bot.
    person, stranger = world.people["1001"], world.people["stranger"]
    room_id = stranger.make_room([], name="公開", preset="public_chat", power_level_content_override={"invite": 0})
    person.call("POST", f"/join/{room_id}", {})
    person.call("POST", f"/rooms/{room_id}/invite", {"user_id": world.bot})
    person.wait_until_joined(room_id, world.bot)
    ignored = stranger.say(room_id, "!help")
    person.ask(room_id, world.bot, "!help")
    assert person.answers(room_id, world.bot, ignored) == []


def test_help_tells_what_works_in_the_room_at_hand(world: World) -> None:
    person, room_id = world.group("1001")
    assert person.messages(room_id, world.bot) == []
    assert person.ask(room_id, world.bot, "!help")["body"].startswith("このルームで")
    person, room_id = world.direct_chat("1001")
    assert person.ask(room_id, world.bot, "!help")["body"].startswith("このチャットで")


def test_a_direct_chat_that_a_third_person_joins_is_a_group(world: World) -> None:
    person, room_id = world.direct_chat("1001")
    assert person.ask(room_id, world.bot, "!help")["body"].startswith("このチャットで")
    person.call("POST", f"/rooms/{room_id}/invite", {"user_id": "@1002:bot.test"})
    world.people["1002"].call("POST", f"/join/{room_id}", {})
    assert person.ask(room_id, world.bot, "!help")["body"].startswith("このルームで")


def test_an_unknown_command_is_answered_in_a_direct_chat_only(world: World) -> None:
    person, room_id = world.direct_chat("1001")
    answer = person.ask(room_id, world.bot, "!よていちょうせい <b>")
    assert "「!よていちょうせい」というコマンドはありません" in answer["body"]
    assert "・!ヘルプ" in answer["body"]
    person, room_id = world.group("1001")
    unknown = person.say(room_id, "!よていちょうせい")
    person.ask(room_id, world.bot, "!help")
    assert person.answers(room_id, world.bot, unknown) == []


def test_a_language_stays_chosen_for_that_person_in_every_room(world: World) -> None:
    person, room_id = world.direct_chat("1002")
    assert "日本語です" in person.ask(room_id, world.bot, "!言語")["body"]
    assert person.ask(room_id, world.bot, "!言語 en")["body"] == "From now on I answer in English."
    person, elsewhere = world.direct_chat("1002")
    greeting = eventually(lambda: person.messages(elsewhere, world.bot), "a greeting")[0]
    assert "This is Kairan" in greeting["content"]["body"]
    assert "・!help" in person.ask(elsewhere, world.bot, "!ヘルプ")["body"]
    assert "not available" in person.ask(elsewhere, world.bot, "!language フランス語")["body"]
    assert person.ask(elsewhere, world.bot, "！言語　日本語")["body"] == "これからは日本語でお答えします。"
    other, room_id = world.direct_chat("1001")
    assert "・!ヘルプ" in other.ask(room_id, world.bot, "!help")["body"]


def test_an_answer_stays_in_its_thread(world: World) -> None:
    person, room_id = world.group("1001")
    root = person.say(room_id, "議会答弁の件")
    thread = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True, "m.in_reply_to": {"event_id": root}}
    relation = person.ask(room_id, world.bot, "!help", **{"m.relates_to": thread})["m.relates_to"]
    assert (relation["rel_type"], relation["event_id"]) == ("m.thread", root)
    outside = person.ask(room_id, world.bot, "!help")["m.relates_to"]
    assert "rel_type" not in outside


def test_notices_edits_and_quotes_are_no_commands(world: World) -> None:
    person, room_id = world.group("1001")
    said = person.say(room_id, "あとで直します")
    edit = {"msgtype": "m.text", "body": "!help"}
    quiet = [
        person.say(room_id, "!help", msgtype="m.notice"),
        person.say(
            room_id,
            "* !help",
            **{"m.new_content": edit, "m.relates_to": {"rel_type": "m.replace", "event_id": said}},
        ),
        person.say(
            room_id,
            "> <@1001:bot.test> !help\n\nこれは何ですか",
            **{"m.relates_to": {"m.in_reply_to": {"event_id": said}}},
        ),
        person.say(room_id, "「!help」と送ってください"),
        person.say(room_id, "!!"),
    ]
    heard = person.say(
        room_id, "> <@1001:bot.test> あとで\n\n!help", **{"m.relates_to": {"m.in_reply_to": {"event_id": said}}}
    )
    person.wait_for_answer(room_id, world.bot, heard)
    assert [person.answers(room_id, world.bot, event_id) for event_id in quiet] == [[]] * len(quiet)


def test_all_checks_of_its_health_are_well_on_every_listener(world: World) -> None:
    report = httpx.get(f"{world.bridge.url}/health", trust_env=False).json()
    assert report["status"] == "ok", report
    assert set(report["checks"]) == {"homeserver", "application_service", "modules", "database", "inbox"}
    for port in world.bridge.web_ports:
        assert httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).json()["status"] == "ok"
        assert httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).status_code == 404


def test_it_counts_what_it_does(world: World) -> None:
    name = "kairan_bridge_messages_sent_total"
    before = world.bridge.metric(name)
    person, room_id = world.group("1001")
    person.ask(room_id, world.bot, "!help")
    assert world.bridge.metric(name) == before + 1
    assert world.bridge.metric('kairan_bridge_transactions_total{result="stored"}') > 0


def test_what_people_write_is_in_neither_log_nor_database(world: World) -> None:
    person, room_id = world.direct_chat("1001")
    person.say(room_id, "ひみつのことば")
    person.ask(room_id, world.bot, "!ひみつのめいれい")
    log = world.bridge.log.read_text("utf-8")
    assert "ひみつの" not in log
    assert world.bridge.as_token not in log
    assert world.bridge.hs_token not in log
    person.ask(room_id, world.bot, "!help")
    with sqlite3.connect(Path(world.bridge.folder) / "bridge.db") as database:
        kept = database.execute("SELECT COUNT(*) FROM inbox_events WHERE handled_at IS NOT NULL AND event != ''")
        assert kept.fetchone() == (0,)
