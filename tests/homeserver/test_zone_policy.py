"""Ways around the zone policy, each refused, each with its reason; and what the other side may do all the same."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from kairan.zones import Zone

from tests.homeserver.harness import HomeserverFactory
from tests.homeserver.town import API, ORGANIZATIONS, found_town
from tests.homeserver.zone_attempts import ALLOWED, CALL, NO_CALL, ROWS, SEND, begins, made, reason_of
from tests.homeserver.zone_world import SETTINGS, TURN, World, furnished


@pytest.fixture(scope="module")
def world(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory) -> World:
    town = found_town(homeserver_factory, tmp_path_factory.mktemp("town"), **SETTINGS)
    return furnished(World(town.server.server_name, town.tokens, town.operator, lambda _, zone: town.server.url(zone)))


def test_there_are_at_least_sixty_rows_and_no_two_alike() -> None:
    names = [name for name, _, _ in ROWS]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.parametrize(("name", "reason", "attempt"), ROWS, ids=[name for name, _, _ in ROWS])
def test_a_way_around_the_policy_is_refused(
    world: World, name: str, reason: tuple[int, str], attempt: Callable[[World], httpx.Response]
) -> None:
    answer = attempt(world)
    assert reason_of(answer) == reason, answer.text


@pytest.mark.parametrize(("name", "attempt"), ALLOWED, ids=[name for name, _ in ALLOWED])
def test_what_is_allowed_is_done(world: World, name: str, attempt: Callable[[World], httpx.Response]) -> None:
    answer = attempt(world)
    assert answer.status_code == 200, answer.text


def test_turn_credentials_are_given_on_the_internet_only(world: World) -> None:
    path = "/_matrix/client/{}/voip/turnServer"
    for version in ("v3", "r0", "api/v1", "unstable"):
        assert world.ask("GET", path.format(version)).json() == {}
        given = world.ask("GET", path.format(version), zone=Zone.INTERNET).json()
        assert given["uris"] == TURN["turn_uris"]
        assert world.ask("GET", path.format(version), zone=Zone.INTERNAL).json() == {}


def test_a_room_that_was_asked_to_be_encrypted_is_not(world: World) -> None:
    room = made(**begins("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}))(world).json()
    answer = world.ask("GET", f"/_matrix/client/v3/rooms/{room['room_id']}/state/m.room.encryption/")
    assert answer.status_code == 404


def test_a_call_that_was_scheduled_elsewhere_is_not_sent_for_lgwan(world: World) -> None:
    # Asked for on the Internet side, where it may be; sent at once by a request from LGWAN, where it may not.
    delayed = world.ask(
        "PUT", SEND + "m.call.invite/later?org.matrix.msc4140.delay=600000", CALL, zone=Zone.INTERNET
    ).json()["delay_id"]
    path = f"/_matrix/client/unstable/org.matrix.msc4140/delayed_events/{delayed}"
    answer = world.ask("POST", path, {"action": "send"})
    assert (answer.status_code, answer.json()["errcode"]) == NO_CALL


def test_an_upgrade_makes_no_room_where_the_organisation_lets_none_be_made(world: World) -> None:
    room = made(name="総務課")(world).json()["room_id"]
    path = f"/_matrix/client/v3/rooms/{room}/upgrade"

    def declare(policy: dict[str, Any]) -> None:
        changed = [{**each, **(policy if each["organization"] == "272060" else {})} for each in ORGANIZATIONS]
        answer = world.ask(
            "PUT",
            API + "/provision/organizations",
            {"organizations": changed},
            zone=Zone.INTERNAL,
            token=world.operator,
        )
        assert answer.status_code == 200, answer.text

    declare({"policy": {"rules": {"create_room": {"internet": "deny"}}}})
    refused = world.ask("POST", path, {"new_version": "11"}, zone=Zone.INTERNET)
    assert reason_of(refused) == (403, "JP.KAIRAN.CREATE_ROOM_NOT_HERE")
    assert world.ask("POST", path, {"new_version": "11"}).status_code == 200
    declare({})


def test_every_refusal_is_in_the_audit_trail_of_the_persons_organisation_alone(world: World) -> None:
    assert world.ask("PUT", SEND + "m.call.invite/audited", CALL, who="1002").status_code == 403
    answer = world.ask("GET", API + f"/audit?organization=272060&user_id={world.user_id('1002')}", who="1003")
    entry = answer.json()["entries"][0]
    assert {key: entry[key] for key in ("zone", "action", "outcome", "reason", "detail", "address")} == {
        "zone": "lgwan",
        "action": "call",
        "outcome": "refused",
        "reason": "JP.KAIRAN.CALL_NOT_HERE",
        "detail": "m.call.invite",
        "address": "127.0.0.1",
    }
    assert entry["device_id"]
    for who, organization in (("1002", "272060"), ("1003", "270008"), ("2001", "270008"), ("1003", "272060/council")):
        refused = world.ask("GET", f"{API}/audit?organization={organization}", who=who)
        assert (refused.status_code, refused.json()["errcode"]) == (403, "JP.KAIRAN.NOT_ADMINISTRATOR")


def test_the_trail_is_exported_for_excel(world: World) -> None:
    world.ask("PUT", SEND + "m.call.invite/exported", CALL)
    answer = world.ask("GET", API + "/audit?organization=272060&format=csv", who="1003")
    lines = answer.content.decode("utf-8").split("\r\n")
    assert lines[0].startswith("\ufeff日時,利用者,端末,")
    assert any("JP.KAIRAN.CALL_NOT_HERE" in line and ",'@1001:" in line for line in lines)
    assert "attachment" in answer.headers["Content-Disposition"]
