"""The bot and devices, on a real homeserver: it asks on LGWAN, and what is answered there counts."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import attrs
import pytest
from kairan.zones import Zone

from tests.homeserver.bridge_process import Bridge, Somebody, eventually
from tests.homeserver.device_town import DeviceTown, device_modules, settle
from tests.homeserver.harness import HomeserverFactory
from tests.homeserver.town import Town


@attrs.frozen
class World:
    """A town with its bridge, and people's clients."""

    town: DeviceTown
    bridge: Bridge
    stack: ExitStack

    @property
    def bot(self) -> str:
        return self.bridge.bot

    def somebody(self, localpart: str, zone: Zone = Zone.LGWAN, token: str = "") -> Somebody:
        client = self.town.client(zone, token or self.town.town.tokens[localpart])
        return Somebody(self.stack.enter_context(client))

    def chat(self, somebody: Somebody) -> str:
        """The direct chat that the bot has made with somebody, once it has; joins it."""

        since = ""

        def invited() -> str:
            nonlocal since
            for room_id in somebody.call("GET", "/joined_rooms")["joined_rooms"]:
                if somebody.membership(room_id, self.bot) == "join":
                    return str(room_id)
            # Synapse keeps the answer to a first sync for a while.
            answer = somebody.call("GET", f"/sync?timeout=0{since}")
            since = f"&since={answer['next_batch']}"
            for room_id, room in answer.get("rooms", {}).get("invite", {}).items():
                if any(event["sender"] == self.bot for event in room["invite_state"]["events"]):
                    somebody.call("POST", f"/join/{room_id}", {})
            return ""

        return eventually(invited, "the bot's direct chat")

    def said(self, somebody: Somebody, room_id: str, words: str) -> dict[str, Any]:
        """What the bot says with these words in it, once it does."""

        def look() -> list[dict[str, Any]]:
            return [e["content"] for e in somebody.messages(room_id, self.bot) if words in e["content"]["body"]]

        return eventually(look, words)[-1]


@pytest.fixture(scope="module")
def world(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    bridge = Bridge(tmp_path_factory.mktemp("bridge"), "devices.test")
    registration = bridge.write_registration()
    server = homeserver_factory(
        device_modules, server_name="devices.test", app_service_config_files=[str(registration)]
    )
    bridge.connect_to(server)
    town = settle(Town(server=server, operator=server.register("operator", admin=True), tokens={}))
    with ExitStack() as stack:
        stack.callback(bridge.stop)
        bridge.start()
        yield World(town, bridge, stack)


def test_the_bot_asks_and_the_answer_on_lgwan_lets_the_telephone_in(world: World) -> None:
    number = world.town.number("1001")
    person = world.somebody("1001")
    room_id = world.chat(person)
    asked = world.said(person, room_id, number)
    assert "わたしの電話" in asked["body"]
    assert "127.0.0.1" in asked["body"]
    assert f"<code>!承認 {number}</code>" in asked["formatted_body"]
    answer = person.ask(room_id, world.bot, f"!承認 {number}")
    assert answer["body"].startswith("承認しました")
    signed_in = world.town.sign_in("1001")
    assert signed_in.status_code == 200, signed_in.text
    world.said(person, room_id, "登録されました")
    listed = person.ask(room_id, world.bot, "!端末")["body"]
    assert "わたしの電話\u3000登録済み" in listed
    # The same words by the telephone decide nothing.
    other = world.town.number("1001", name="別の電話")
    world.said(person, room_id, other)
    outside = world.somebody("1001", Zone.INTERNET, signed_in.json()["access_token"])
    assert "LGWAN 側の端末からだけ" in outside.ask(room_id, world.bot, f"!承認 {other}")["body"]
    assert world.town.number("1001", name="別の電話") == other
    assert person.ask(room_id, world.bot, f"!拒否 {other}")["body"].startswith("断りました")
    # It asks once for each device, however often that tries, and goes on in the same chat.
    numbers = [each["content"]["body"].count(other) for each in person.messages(room_id, world.bot)]
    assert sum(1 for count in numbers if count) == 2
    assert person.membership(room_id, world.bot) == "join"


def test_the_administrator_is_asked_by_name_and_the_person_hears_of_it(world: World) -> None:
    number = world.town.number("3001", name="庁用スマホ")
    administrator = world.somebody("3002")
    room_id = world.chat(administrator)
    asked = world.said(administrator, room_id, number)
    assert "田中 堺（堺市） さんの新しい端末" in asked["body"]
    assert administrator.ask(room_id, world.bot, f"！承認　{number}")["body"].startswith("承認しました")
    person = world.somebody("3001")
    world.said(person, world.chat(person), "管理者が端末を承認しました")
    assert world.town.sign_in("3001", name="庁用スマホ").status_code == 200


def test_it_speaks_english_to_whoever_wants_that(world: World) -> None:
    person = world.somebody("1002")
    world.town.ask("1002", "PUT", "/me/settings", body={"language": "en"})
    number = world.town.number("1002")
    room_id = world.chat(person)
    assert f"!approve {number}" in world.said(person, room_id, number)["body"]
    assert "Add the number" in person.ask(room_id, world.bot, "!approve")["body"]
    assert "No device has that number" in person.ask(room_id, world.bot, "!approve 00000000")["body"]
    assert person.ask(room_id, world.bot, f"!deny {number}")["body"].startswith("Turned away")


def test_what_came_while_the_bridge_was_down_is_told_when_it_is_back(world: World) -> None:
    world.bridge.kill()
    number = world.town.number("1005")
    world.bridge.start()
    person = world.somebody("1005")
    world.said(person, world.chat(person), number)


def test_a_lost_telephone_is_asked_back_once_and_then_ends_everything(world: World) -> None:
    person = world.somebody("1004")
    room_id = person.make_room([world.bot], direct=True)
    person.wait_until_joined(room_id, world.bot)
    assert "!紛失 はい" in person.ask(room_id, world.bot, "!紛失")["body"]
    person.say(room_id, "!紛失 はい")
    eventually(lambda: not world.town.works(world.town.town.tokens["1004"], Zone.LGWAN), "all sessions end")
    again = world.somebody("1004", token=world.town.sign_in("1004", Zone.LGWAN).json()["access_token"])
    world.said(again, room_id, "すべての端末")
