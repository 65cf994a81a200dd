"""Every client's own room search: rooms belong to their organisation."""

import pytest
from kairan.zones import Zone

from tests.homeserver.harness import Database, HomeserverFactory
from tests.homeserver.town import Town, found_town


@pytest.fixture(scope="module")
def town(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory, database: Database) -> Town:
    town = found_town(
        homeserver_factory,
        tmp_path_factory.mktemp("town"),
        database,
        room_list_publication_rules=[{"action": "allow"}],
    )
    for localpart, name in (
        ("1001", "防災訓練 泉大津"),
        ("2001", "府の防災"),
        ("3001", "堺の祭り"),
        ("4001", "豊中の公園"),
        ("1005", "議会だより"),
    ):
        publish(town, localpart, name)
    return town


def publish(town: Town, localpart: str, name: str, **others: object) -> str:
    with town.server.client(town.tokens[localpart], Zone.LGWAN) as client:
        answer = client.post(
            "/_matrix/client/v3/createRoom",
            json={"name": name, "visibility": "public", "preset": "public_chat", **others},
        )
    assert answer.status_code == 200, answer.text
    room_id: str = answer.json()["room_id"]
    return room_id


def listed(town: Town, localpart: str, zone: Zone = Zone.LGWAN, **body: object) -> list[str]:
    with town.server.client(town.tokens[localpart], zone) as client:
        answer = client.post("/_matrix/client/v3/publicRooms", json=body)
        assert answer.status_code == 200, answer.text
    return [room["name"] for room in answer.json()["chunk"]]


def test_rooms_are_listed_to_those_who_see_their_organisation(town: Town) -> None:
    wait_for_statistics(town)
    assert listed(town, "1002") == ["防災訓練 泉大津", "府の防災"]
    assert listed(town, "3001", Zone.INTERNET) == ["堺の祭り"]
    assert listed(town, "1005") == ["議会だより"]
    assert listed(town, "1007") == []


def wait_for_statistics(town: Town) -> None:
    """Synapse fills the directory's numbers a moment after the events."""
    import time

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with town.server.client(town.operator) as client:
            rooms = client.get("/_synapse/admin/v1/rooms?public_rooms=true").json()["rooms"]
        if len(rooms) == 5 and all(room["joined_members"] and room["name"] for room in rooms):
            return
    raise AssertionError("the room directory did not fill")


def test_the_get_form_answers_the_same(town: Town) -> None:
    with town.server.client(town.tokens["1002"], Zone.LGWAN) as client:
        answer = client.get("/_matrix/client/v3/publicRooms?limit=1").json()
        assert [room["name"] for room in answer["chunk"]] == ["防災訓練 泉大津"]
        assert answer["total_room_count_estimate"] == 2
        answer = client.get(f"/_matrix/client/v3/publicRooms?limit=1&since={answer['next_batch']}").json()
    assert [room["name"] for room in answer["chunk"]] == ["府の防災"]
    assert "next_batch" not in answer


def test_the_search_term_is_folded(town: Town) -> None:
    assert listed(town, "1002", filter={"generic_search_term": "防災　訓練"}) == ["防災訓練 泉大津"]
    assert listed(town, "1002", filter={"generic_search_term": "祭り"}) == []


def test_a_room_says_its_organisation_and_a_client_cannot_say_another(town: Town) -> None:
    room_id = publish(
        town,
        "4001",
        "なりすまし",
        initial_state=[{"type": "jp.kairan.room", "state_key": "", "content": {"organization": "272060"}}],
        power_level_content_override={"events": {"jp.kairan.room": 0}},
    )
    with town.server.client(town.tokens["4001"], Zone.LGWAN) as client:
        path = f"/_matrix/client/v3/rooms/{room_id}/state/jp.kairan.room/"
        assert client.get(path).json() == {"organization": "272035"}
        answer = client.put(path, json={"organization": "272060"})
        assert answer.status_code == 403
        assert client.get(path).json() == {"organization": "272035"}
    assert "なりすまし" not in listed(town, "1002")


def test_other_servers_lists_are_refused(town: Town) -> None:
    with town.server.client(town.tokens["1002"], Zone.LGWAN) as client:
        answer = client.get("/_matrix/client/v3/publicRooms?server=elsewhere.test")
    assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.REMOTE_DIRECTORY")


@pytest.mark.parametrize(
    "body", [{"limit": "x"}, {"limit": -1}, {"since": "x"}, {"filter": 5}, {"filter": {"generic_search_term": 5}}]
)
def test_a_wrong_type_is_a_standard_error(town: Town, body: dict[str, object]) -> None:
    with town.server.client(town.tokens["1002"], Zone.LGWAN) as client:
        answer = client.post("/_matrix/client/v3/publicRooms", json=body)
    assert (answer.status_code, answer.json()["errcode"]) == (400, "M_INVALID_PARAM")


def test_an_alias_is_no_way_past_the_wall_and_an_invitation_is(town: Town) -> None:
    room_id = publish(town, "1001", "壁の内", room_alias_name="kabe")
    alias = f"/_matrix/client/v3/join/%23kabe:{town.server.server_name}"
    for stranger in ("1005", "4001", "1007"):
        with town.server.client(town.tokens[stranger], Zone.LGWAN) as client:
            for path in (alias, f"/_matrix/client/v3/join/{room_id}", f"/_matrix/client/v3/rooms/{room_id}/join"):
                answer = client.post(path)
                assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.NOT_VISIBLE")
    for colleague in ("1002", "2001"):
        with town.server.client(town.tokens[colleague], Zone.LGWAN) as client:
            assert client.post(alias).status_code == 200
    with town.server.client(town.operator) as client:
        assert client.post(alias).status_code == 200
        client.post(f"/_synapse/admin/v1/rooms/{room_id}/make_room_admin", json={})
        invited = client.post(
            f"/_matrix/client/v3/rooms/{room_id}/invite", json={"user_id": town.server.user_id("1005")}
        )
        assert invited.status_code == 200, invited.text
    with town.server.client(town.tokens["1005"], Zone.LGWAN) as client:
        assert client.post(alias).status_code == 200
