"""Calls between two people, placed by a real SDK in two browsers through the edge."""

import time

import pytest
from kairan.zones import Zone

from tests.calls.conftest import HANAKO, TARO, Person, Town

# Chromiums that code and decode video share the machine with other tests.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def hanako(town: Town) -> Person:
    """She is on the Internet side, and answers."""
    return town.open_browser(Zone.INTERNET, HANAKO, True)


@pytest.fixture(scope="module")
def hanako_in_the_office(town: Town) -> Person:
    """She is on LGWAN, and tries to answer."""
    return town.open_browser(Zone.LGWAN, HANAKO, True)


@pytest.fixture(scope="module")
def taro(town: Town) -> Person:
    """He is on the Internet side."""
    return town.open_browser(Zone.INTERNET, TARO, False)


def test_two_people_on_the_internet_side_talk_through_the_relay(town: Town, taro: Person, hanako: Person) -> None:
    for person in (taro, hanako):
        person.wait("knows", town.room)
        (server,) = person.turn_servers
        assert server["urls"] == town.relay.homeserver["turn_uris"]
        assert server["username"].endswith(f":{person.user_id}")
    started = time.monotonic()
    taro.do("place", town.room)
    for person in (taro, hanako):
        person.wait("connected")
    connected = time.monotonic() - started
    for person in (taro, hanako):
        # Both of them, and of each more than what sets a stream up.
        person.wait_for_media(audio=10_000, video=20_000, frames=20)
        media = person.do("media")
        assert (media["local"], media["remote"]) == ("relay", "relay")
        assert set(media["candidates"]) == {"relay"}
        print(f"{person.user_id}: connected after {connected:.1f} s, {media}")
    taro.do("hangUp")
    hanako.wait_for_event("hangup")
    types = [kind for _, kind, _ in town.call_events()]
    assert types[0] == "m.call.invite"
    assert types[-1] == "m.call.hangup"
    assert "m.call.answer" in types


def test_from_lgwan_no_call_can_be_placed(town: Town, hanako: Person) -> None:
    before = town.call_events()
    taro = town.open_browser(Zone.LGWAN, TARO, False)
    taro.wait("knows", town.room)
    assert taro.turn_servers == []
    heard = len(hanako.do("happened"))
    taro.do("place", town.room)
    line = taro.wait_for_event("JP.KAIRAN")
    assert "JP.KAIRAN.CALL_NOT_HERE" in line
    assert not taro.do("connected")
    assert town.call_events() == before
    # She hears what is written after it, and of the call nothing.
    marker = town.say(TARO, "after the call")
    hanako.wait("hasSeen", town.room, marker)
    assert len(hanako.do("happened")) == heard


def test_on_lgwan_a_call_that_comes_in_cannot_be_answered(
    town: Town, taro: Person, hanako: Person, hanako_in_the_office: Person
) -> None:
    hanako.page.close()
    office = hanako_in_the_office
    office.wait("knows", town.room)
    assert office.turn_servers == []
    before = town.call_events()
    taro.do("place", town.room)
    office.wait_for_event("incoming")
    assert "JP.KAIRAN.CALL_NOT_HERE" in office.wait_for_event("JP.KAIRAN")
    assert not office.do("connected")
    assert not taro.do("connected")
    assert {sender for _, _, sender in town.call_events()[len(before) :]} == {taro.user_id}
    taro.do("hangUp")
