"""The Space of an organisation, its sections' rooms, and who is in them."""

from typing import Any

import pytest
from kairan.zones import Zone

from tests.homeserver.harness import Database, HomeserverFactory
from tests.homeserver.town import API, PEOPLE, Town, found_town, person, posting, token_of


@pytest.fixture
def town(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory, database: Database) -> Town:
    return found_town(homeserver_factory, tmp_path_factory.mktemp("town"), database)


def rooms_of(town: Town, localpart: str) -> dict[str, str]:
    """The names of the rooms that a person is in, with their IDs."""
    with town.server.client(town.tokens[localpart], Zone.LGWAN) as client:
        joined = client.get("/_matrix/client/v3/joined_rooms").json()["joined_rooms"]
        return {
            client.get(f"/_matrix/client/v3/rooms/{room_id}/state/m.room.name/").json()["name"]: room_id
            for room_id in joined
        }


def members_of(town: Town, room_id: str) -> dict[str, str]:
    """Localpart and shown name of the joined members, the bot left out."""
    with town.server.client(town.operator) as client:
        state = client.get(f"/_synapse/admin/v1/rooms/{room_id}/state").json()["state"]
    return {
        event["state_key"][1:].partition(":")[0]: event["content"].get("displayname", "")
        for event in state
        if event["type"] == "m.room.member"
        and event["content"]["membership"] == "join"
        and not event["state_key"].startswith("@kairan:")
    }


def outstanding(town: Town, organization: str) -> dict[str, int]:
    with town.server.client(town.operator) as client:
        answer: dict[str, int] = client.get(f"{API}/provision/rooms", params={"organization": organization}).json()
    return answer


def test_an_organisation_gets_a_space_and_a_room_for_each_section_with_its_people(town: Town) -> None:
    assert outstanding(town, "272060") == {"rooms": 4, "joins": 8, "leaves": 0}
    assert town.reconcile("272060") == {"rooms": 4, "joins": 8, "leaves": 0, "remaining": 0}
    assert outstanding(town, "272060") == {"rooms": 0, "joins": 0, "leaves": 0}
    rooms = rooms_of(town, "1001")
    assert set(rooms) == {"泉大津市", "危機管理課"}
    assert members_of(town, rooms["危機管理課"]) == {
        "1001": "山田 太郎（泉大津市 危機管理課）",
        "1002": "田中 花子（泉大津市 危機管理課）",
    }
    assert set(members_of(town, rooms["泉大津市"])) == {"1001", "1002", "1003", "1004"}
    with town.server.client(town.tokens["1001"], Zone.LGWAN) as client:
        hierarchy = client.get(f"/_matrix/client/v1/rooms/{rooms['泉大津市']}/hierarchy").json()["rooms"]
        assert [room["name"] for room in hierarchy] == ["泉大津市", "危機管理課"]
        sent = client.put(
            f"/_matrix/client/v3/rooms/{rooms['危機管理課']}/send/m.room.message/1",
            json={"msgtype": "m.text", "body": "おはようございます"},
        )
        assert sent.status_code == 200, sent.text


def test_doing_it_again_does_nothing(town: Town) -> None:
    town.reconcile("272060")
    assert town.reconcile("272060") == {"rooms": 0, "joins": 0, "leaves": 0, "remaining": 0}


def test_a_small_budget_comes_to_the_same_end(town: Town) -> None:
    done = {"rooms": 0, "joins": 0, "leaves": 0}
    for _ in range(30):
        step = town.reconcile("272060", budget=1)
        assert step["rooms"] + step["joins"] + step["leaves"] <= 1
        done = {key: done[key] + step[key] for key in done}
        if not step["remaining"]:
            break
    assert done == {"rooms": 4, "joins": 8, "leaves": 0}
    assert set(rooms_of(town, "1003")) == {"泉大津市", "人事課"}


def test_a_room_that_was_made_but_not_noted_is_found_again(homeserver_factory: HomeserverFactory, town: Town) -> None:
    town.reconcile("272060")

    async def forget() -> None:
        pool = town.server.hs.get_datastores().main.db_pool
        for table in ("kairan_rooms", "kairan_memberships"):
            await pool.runInteraction("test", lambda txn, table=table: txn.execute(f"DELETE FROM {table}"))

    town.server.run(forget)
    before = rooms_of(town, "1001")
    # What a restarted process does first: it starts with no memory of having looked.
    for servlet in kairan_servlets(town):
        if type(servlet).__name__ == "ProvisionRoomsServlet":
            servlet._rooms._adopted = False
    assert town.reconcile("272060") == {"rooms": 0, "joins": 0, "leaves": 0, "remaining": 0}
    assert rooms_of(town, "1001") == before
    # And whom we had made members is known again: a transfer moves them.
    moved = {**PEOPLE[1], "postings": [posting("272035")]}
    town.declare("people", {"people": [moved]})
    assert town.reconcile("272060")["leaves"] == 2


def kairan_servlets(town: Town) -> list[Any]:
    resource: Any = town.server.hs._module_web_resources["/_synapse/client/kairan"]
    return [entry.callback.__self__ for methods in resource._routes.values() for entry in methods.values()]


def test_a_transfer_moves_a_person_between_rooms_with_the_new_name(town: Town) -> None:
    town.reconcile("272060")
    crisis = rooms_of(town, "1001")["危機管理課"]
    staff = rooms_of(town, "1003")["人事課"]
    town.declare("people", {"people": [{**PEOPLE[0], "postings": [posting("272060", "0102")]}]})
    done = town.reconcile("272060")
    # Of joins there may be more than one: Synapse itself shows the new name in the rooms that the person stays in.
    assert (done["leaves"], done["remaining"]) == (1, 0)
    assert set(members_of(town, crisis)) == {"1002"}
    assert members_of(town, staff)["1001"] == "山田 太郎（泉大津市 人事課）"


def test_whoever_retires_leaves_the_rooms(town: Town) -> None:
    town.reconcile("272060")
    space = rooms_of(town, "1003")["泉大津市"]
    town.declare("people", {"people": [{**PEOPLE[0], "postings": []}]})
    assert town.reconcile("272060")["leaves"] == 2
    assert set(members_of(town, space)) == {"1002", "1003", "1004"}


def test_whom_others_invited_stays(town: Town) -> None:
    town.reconcile("272060")
    crisis = rooms_of(town, "1001")["危機管理課"]
    with town.server.client(town.operator) as client:
        admin = f"/_synapse/admin/v1/rooms/{crisis}/make_room_admin"
        assert client.post(admin, json={"user_id": town.server.user_id("1001")}).status_code == 200
    with town.server.client(town.tokens["1001"], Zone.LGWAN) as client:
        invited = client.post(
            f"/_matrix/client/v3/rooms/{crisis}/invite", json={"user_id": town.server.user_id("1003")}
        )
        assert invited.status_code == 200, invited.text
    with town.server.client(town.tokens["1003"], Zone.LGWAN) as client:
        assert client.post(f"/_matrix/client/v3/join/{crisis}").status_code == 200
    town.reconcile("272060")
    assert set(members_of(town, crisis)) == {"1001", "1002", "1003"}


def test_whom_a_moderator_banned_stays_out_and_is_not_counted_as_missing(town: Town) -> None:
    town.reconcile("272060")
    crisis = rooms_of(town, "1001")["危機管理課"]
    with town.server.client(town.operator) as client:
        admin = f"/_synapse/admin/v1/rooms/{crisis}/make_room_admin"
        assert client.post(admin, json={"user_id": town.server.user_id("1001")}).status_code == 200
    with town.server.client(town.tokens["1001"], Zone.LGWAN) as client:
        ban = client.post(f"/_matrix/client/v3/rooms/{crisis}/ban", json={"user_id": town.server.user_id("1002")})
        assert ban.status_code == 200, ban.text
    assert town.reconcile("272060")["remaining"] == 0
    assert set(members_of(town, crisis)) == {"1001"}


def test_an_account_that_an_operator_closed_is_not_put_back(town: Town) -> None:
    town.reconcile("272060")
    crisis = rooms_of(town, "1001")["危機管理課"]
    with town.server.client(town.operator) as client:
        closed = client.post(f"/_synapse/admin/v1/deactivate/{town.server.user_id('1002')}", json={})
        assert closed.status_code == 200, closed.text
    assert town.reconcile("272060")["remaining"] == 0
    assert set(members_of(town, crisis)) == {"1001"}


def test_nobody_else_can_join_a_sections_room(town: Town) -> None:
    town.reconcile("272060")
    crisis = rooms_of(town, "1001")["危機管理課"]
    for localpart in ("1003", "3001"):
        with town.server.client(town.tokens[localpart], Zone.LGWAN) as client:
            assert client.post(f"/_matrix/client/v3/join/{crisis}").status_code == 403


def test_names_follow_the_declaration_and_a_section_that_goes_leaves_the_space(town: Town) -> None:
    city: dict[str, Any] = {
        "organization": "271403",
        "name": "堺市",
        "sections": [{"section": "1", "name": "一課"}, {"section": "2", "name": "二課"}],
    }
    town.declare("organizations", {"organizations": [city]})
    clerk = person("3100", "一課 職員", "", posting("271403", "1"))
    town.declare("people", {"people": [clerk]})
    town.tokens["3100"] = token_of(town.server, "3100")
    town.reconcile("271403")
    assert set(rooms_of(town, "3100")) == {"堺市", "一課"}
    city["sections"] = [{"section": "2", "name": "総務二課"}]
    moved = town.declare("people", {"people": [{**clerk, "postings": [posting("271403", "2")]}]})
    assert moved.json()["changed"] == 1
    town.declare("organizations", {"organizations": [city]})
    done = town.reconcile("271403")
    assert (done["leaves"], done["remaining"]) == (1, 0)
    rooms = rooms_of(town, "3100")
    assert set(rooms) == {"堺市", "総務二課"}
    with town.server.client(town.tokens["3100"], Zone.LGWAN) as client:
        hierarchy = client.get(f"/_matrix/client/v1/rooms/{rooms['堺市']}/hierarchy").json()["rooms"]
    assert [room["name"] for room in hierarchy] == ["堺市", "総務二課"]


@pytest.mark.parametrize(
    "body", [{}, {"organization": 5}, {"organization": "999999"}, {"organization": "272060", "budget": 0}]
)
def test_a_bad_request_is_refused(town: Town, body: dict[str, object]) -> None:
    with town.server.client(town.operator) as client:
        answer = client.post(f"{API}/provision/rooms", json=body)
    assert (answer.status_code, answer.json()["errcode"]) == (400, "JP.KAIRAN.BAD_DECLARATION")
