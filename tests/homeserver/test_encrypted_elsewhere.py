"""Encrypted rooms of a server that runs stock Synapse: nobody here joins one, and what is seen where one becomes so."""

import time
from collections.abc import Callable
from itertools import count
from typing import Any

import attrs
import httpx
import pytest
from kairan.errors import ErrorCode, sentence
from kairan.organizations import OrganizationKey
from kairan.zones import Zone
from kairan_modules.audit import Audit, Search
from kairan_modules.store import shared_store

from tests.homeserver.harness import HomeserverFactory, Server
from tests.homeserver.town import Town, found_town

ENCRYPTED = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
REFUSED = (403, ErrorCode.NO_ENCRYPTION.value)
PATIENCE = 30.0
_NUMBERS = count()


@attrs.frozen
class Side:
    """A person on one of the two servers."""

    server: Server
    token: str
    user_id: str

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        """A request by this person; here it comes in from LGWAN."""
        with self.server.client(self.token, Zone.LGWAN) as client:
            return client.request(method, "/_matrix/client/v3" + path, json=body)

    def done(self, method: str, path: str, body: object = None) -> Any:
        """The body of an answer that must be 200."""
        answer = self.ask(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, room: str, event_type: str, content: object) -> httpx.Response:
        """An event into a room."""
        return self.ask("PUT", f"/rooms/{room}/send/{event_type}/{next(_NUMBERS)}", content)

    def bodies(self, room: str) -> list[str]:
        """What was said in a room, newest first; of what is no text the type."""
        chunk = self.done("GET", f"/rooms/{room}/messages?dir=b&limit=50")["chunk"]
        return [event["content"].get("body") or event["type"] for event in chunk]


def until(condition: Callable[[], bool]) -> None:
    """Wait for what federation brings."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def town(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory) -> Town:
    return found_town(homeserver_factory, tmp_path_factory.mktemp("town"), federates=True)


@pytest.fixture(scope="module")
def yamada(town: Town) -> Side:
    """Somebody here."""
    return Side(town.server, town.tokens["1001"], town.server.user_id("1001"))


@pytest.fixture(scope="module")
def peer(homeserver_factory: HomeserverFactory) -> Server:
    """Stock Synapse that tells nothing of a room's encryption in invites."""
    return homeserver_factory(federates=True, room_prejoin_state={"disable_default_event_types": True})


@pytest.fixture(scope="module")
def elsewhere(peer: Server) -> Side:
    """A moderator there."""
    return Side(peer, peer.register("moderator"), peer.user_id("moderator"))


def made(elsewhere: Side, alias: str = "", *, encrypted: bool = True, public: bool = True) -> str:
    """A room there."""
    request = {
        "preset": "public_chat" if public else "private_chat",
        "initial_state": [ENCRYPTED] if encrypted else [],
        **({"room_alias_name": alias} if alias else {}),
    }
    room: str = elsewhere.done("POST", "/createRoom", request)["room_id"]
    return room


def membership(elsewhere: Side, room: str, user_id: str) -> dict[str, Any] | None:
    """The membership as the other server has it."""
    answer = elsewhere.ask("GET", f"/rooms/{room}/state/m.room.member/{user_id}")
    return answer.json() if answer.status_code == 200 else None


def reason_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and error code."""
    return answer.status_code, answer.json().get("errcode", "")


def test_an_encrypted_room_is_not_joined_by_its_alias(yamada: Side, elsewhere: Side) -> None:
    room = made(elsewhere, "secret")
    answer = yamada.ask("POST", f"/join/%23secret:{elsewhere.server.server_name}", {})
    assert reason_of(answer) == REFUSED
    assert answer.json()["error"] == sentence(ErrorCode.NO_ENCRYPTION)
    # Its server was asked before, so nobody there saw anybody come.
    assert membership(elsewhere, room, yamada.user_id) is None


@pytest.mark.parametrize("path", ["/join/{}?via={}", "/join/{}?server_name={}"])
def test_an_encrypted_room_is_not_joined_by_its_id(yamada: Side, elsewhere: Side, path: str) -> None:
    room = made(elsewhere)
    answer = yamada.ask("POST", path.format(room, elsewhere.server.server_name), {})
    assert reason_of(answer) == REFUSED
    assert membership(elsewhere, room, yamada.user_id) is None


def test_an_invite_that_does_not_tell_leads_into_no_encrypted_room(yamada: Side, elsewhere: Side) -> None:
    room = made(elsewhere, public=False)
    elsewhere.done("POST", f"/rooms/{room}/invite", {"user_id": yamada.user_id})
    assert reason_of(yamada.ask("POST", f"/rooms/{room}/join", {})) == REFUSED


def test_a_server_that_keeps_silent_about_its_room_sees_us_leave_again_with_the_reason(
    yamada: Side, elsewhere: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a peer does that does not play along: its summary says nothing.
    summaries = elsewhere.server.hs.get_room_summary_handler()
    tell = summaries._build_room_entry

    async def silent(room_id: str) -> Any:
        return {key: value for key, value in (await tell(room_id)).items() if key != "encryption"}

    monkeypatch.setattr(summaries, "_build_room_entry", silent)
    room = made(elsewhere)
    answer = yamada.ask("POST", f"/join/{room}?via={elsewhere.server.server_name}", {})
    assert reason_of(answer) == REFUSED
    until(lambda: (membership(elsewhere, room, yamada.user_id) or {}).get("membership") == "leave")
    assert (membership(elsewhere, room, yamada.user_id) or {})["reason"] == sentence(ErrorCode.NO_ENCRYPTION)
    assert room not in yamada.done("GET", "/joined_rooms")["joined_rooms"]


def test_the_operator_joins_nobody_to_an_encrypted_room(town: Town, yamada: Side, elsewhere: Side) -> None:
    room = made(elsewhere)
    with town.server.client(town.operator) as client:
        answer = client.post(
            f"/_synapse/admin/v1/join/{room}?server_name={elsewhere.server.server_name}",
            json={"user_id": yamada.user_id},
        )
    assert reason_of(answer) == REFUSED


def test_a_refused_join_is_in_the_audit_trail(town: Town, yamada: Side, elsewhere: Side) -> None:
    room = made(elsewhere)
    assert yamada.ask("POST", f"/join/{room}?via={elsewhere.server.server_name}", {}).status_code == 403
    [entry, *_] = town.get("1003", "/audit", organization="272060", user_id=yamada.user_id).json()["entries"]
    assert (entry["action"], entry["reason"], entry["detail"]) == ("encrypt", REFUSED[1], room)


def test_other_rooms_of_that_server_are_joined_and_talked_in(yamada: Side, elsewhere: Side) -> None:
    room = made(elsewhere, encrypted=False)
    yamada.done("POST", f"/join/{room}?via={elsewhere.server.server_name}", {})
    assert yamada.send(room, "m.room.message", {"msgtype": "m.text", "body": "お世話になります"}).status_code == 200
    until(lambda: "お世話になります" in elsewhere.bodies(room))
    assert elsewhere.send(room, "m.room.message", {"msgtype": "m.text", "body": "こちらこそ"}).status_code == 200
    until(lambda: "こちらこそ" in yamada.bodies(room))


TEXT = {"msgtype": "m.text"}
CIPHER = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"}


def said(side: Side, room: str, body: str) -> None:
    """A plain message that must be taken."""
    assert side.send(room, "m.room.message", {**TEXT, "body": body}).status_code == 200


def joined_room(yamada: Side, elsewhere: Side) -> str:
    """An ordinary room there that somebody here is in, where both may set state."""
    room = made(elsewhere, encrypted=False)
    levels = elsewhere.done("GET", f"/rooms/{room}/state/m.room.power_levels")
    elsewhere.done("PUT", f"/rooms/{room}/state/m.room.power_levels", {**levels, "state_default": 0, "events": {}})
    yamada.done("POST", f"/join/{room}?via={elsewhere.server.server_name}", {})
    store: Any = yamada.server.hs.get_datastores().main
    # A join brings the state without members first; what is sent meanwhile may be looked at twice.
    until(lambda: not yamada.server.run(store.is_partial_state_room, room))
    return room


@pytest.fixture(scope="module")
def turned(yamada: Side, elsewhere: Side) -> str:
    """A room that its moderator elsewhere encrypted while somebody here was in it; something secret was said since."""
    room = joined_room(yamada, elsewhere)
    elsewhere.done("PUT", f"/rooms/{room}/state/m.room.encryption/", ENCRYPTED["content"])
    assert elsewhere.send(room, "m.room.encrypted", CIPHER).status_code == 200
    # Said here without knowing of it, and said there after both: what comes later brings the two histories together.
    said(yamada, room, "こちらの発言")
    until(lambda: "こちらの発言" in elsewhere.bodies(room))
    said(elsewhere, room, "後の発言")
    until(lambda: "後の発言" in yamada.bodies(room))
    return room


def test_what_is_said_in_secret_is_shown_to_nobody_here(turned: str, yamada: Side) -> None:
    assert "m.room.encrypted" not in yamada.bodies(turned)
    timeline = yamada.done("GET", "/sync")["rooms"]["join"][turned]["timeline"]["events"]
    assert {event["type"] for event in timeline}.isdisjoint({"m.room.encrypted", "m.room.encryption"})


def test_where_encryption_was_turned_on_elsewhere_plain_words_still_go_both_ways(
    turned: str, yamada: Side, elsewhere: Side
) -> None:
    said(yamada, turned, "こちらは平文です")
    until(lambda: "こちらは平文です" in elsewhere.bodies(turned))
    said(elsewhere, turned, "届いています")
    until(lambda: "届いています" in yamada.bodies(turned))


def test_the_setting_itself_is_known_here_without_its_content(turned: str, yamada: Side) -> None:
    # The event is part of the other server's room; Synapse keeps of it only that there was one.
    assert yamada.done("GET", f"/rooms/{turned}/state/m.room.encryption/") == {}


def test_nobody_here_says_anything_in_secret_there(turned: str, yamada: Side) -> None:
    assert reason_of(yamada.send(turned, "m.room.encrypted", CIPHER)) == REFUSED


def test_a_room_that_was_encrypted_elsewhere_is_not_copied_by_an_upgrade(
    turned: str, town: Town, yamada: Side, elsewhere: Side
) -> None:
    levels = elsewhere.done("GET", f"/rooms/{turned}/state/m.room.power_levels")
    powers = {**levels, "users": {**levels.get("users", {}), yamada.user_id: 99}}
    elsewhere.done("PUT", f"/rooms/{turned}/state/m.room.power_levels", powers)
    until(lambda: yamada.done("GET", f"/rooms/{turned}/state/m.room.power_levels") == powers)
    assert reason_of(yamada.ask("POST", f"/rooms/{turned}/upgrade", {"new_version": "11"})) == REFUSED


def test_the_dropping_is_noted_for_the_operator_once_for_the_room(turned: str, town: Town, elsewhere: Side) -> None:
    api = town.server.hs.get_module_api()
    audit = Audit(api, shared_store(api))
    entries = town.server.run(audit.entries, OrganizationKey(""), Search(user_id=elsewhere.user_id))
    assert [(each.zone, each.reason) for each in entries if each.detail == turned] == [("federation", REFUSED[1])]


def test_what_was_sent_from_the_internet_does_not_keep_anybody_on_lgwan_from_coming_back(
    yamada: Side, elsewhere: Side
) -> None:
    room = joined_room(yamada, elsewhere)
    with yamada.server.client(yamada.token, Zone.INTERNET) as internet:
        path = f"/_matrix/client/v3/rooms/{room}"
        state = {"application": "m.call", "call_id": "", "device_id": "D"}
        assert internet.put(f"{path}/state/m.call.member/{yamada.user_id}", json=state).status_code == 200
        answer = internet.put(f"{path}/send/m.call.candidates/1", json={"call_id": "c1", "candidates": []})
        assert answer.status_code == 200, answer.text
    until(lambda: "m.call.candidates" in elsewhere.bodies(room))
    yamada.done("POST", f"/rooms/{room}/leave", {})
    until(lambda: (membership(elsewhere, room, yamada.user_id) or {})["membership"] == "leave")
    # The other server's answer to the join has our own call events in it.
    yamada.done("POST", f"/join/{room}?via={elsewhere.server.server_name}", {})
    said(elsewhere, room, "お帰りなさい")
    until(lambda: {"お帰りなさい", "m.call.candidates"} <= set(yamada.bodies(room)))
