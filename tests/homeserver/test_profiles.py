"""Profiles, invites and display names: guessing a user ID tells nothing that the directory does not."""

import httpx
import pytest
from kairan.zones import Zone

from tests.homeserver.harness import HomeserverFactory
from tests.homeserver.town import SERVICE_TOKEN, Town, found_town


@pytest.fixture(scope="module")
def town(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory) -> Town:
    return found_town(homeserver_factory, tmp_path_factory.mktemp("town"), enable_set_displayname=False)


def profile(town: Town, viewer: str | None, target: str, rest: str = "", version: str = "v3") -> httpx.Response:
    with town.server.client(town.tokens[viewer] if viewer else None, Zone.INTERNET) as client:
        return client.get(f"/_matrix/client/{version}/profile/{town.server.user_id(target)}{rest}")


def test_a_profile_is_shown_to_whoever_finds_the_person_in_the_directory(town: Town) -> None:
    assert profile(town, "1001", "1002").json()["displayname"] == "田中 花子（泉大津市 危機管理課）"
    assert profile(town, "2001", "1002").status_code == 200


@pytest.mark.parametrize("version", ["v3", "r0", "v1", "api/v1", "unstable"])
@pytest.mark.parametrize("rest", ["", "/displayname", "/avatar_url", "/m.tz"])
def test_a_guessed_user_id_answers_as_if_there_were_nobody(town: Town, rest: str, version: str) -> None:
    hidden = profile(town, "3001", "1002", rest, version)
    nobody = profile(town, "3001", "9999", rest, version)
    assert (hidden.status_code, hidden.json()) == (nobody.status_code, nobody.json())
    assert hidden.status_code in (404, 400)
    assert "田中" not in hidden.text


def test_profiles_need_a_token(town: Town) -> None:
    assert profile(town, None, "1002").status_code == 401


def test_whoever_shares_a_room_sees_the_profile(town: Town) -> None:
    assert profile(town, "3001", "4001").status_code == 404
    with town.server.client(town.operator) as operator:
        room_id = operator.post("/_matrix/client/v3/createRoom", json={}).json()["room_id"]
        for localpart in ("3001", "4001"):
            answer = operator.post(
                f"/_synapse/admin/v1/join/{room_id}", json={"user_id": town.server.user_id(localpart)}
            )
            assert answer.status_code == 200, answer.text
    assert profile(town, "3001", "4001").status_code == 200


def test_an_invite_to_someone_unseen_is_refused_like_one_to_nobody(town: Town) -> None:
    with town.server.client(town.tokens["3001"], Zone.LGWAN) as client:
        room_id = client.post("/_matrix/client/v3/createRoom", json={}).json()["room_id"]
        answers = [
            client.post(f"/_matrix/client/v3/rooms/{room_id}/invite", json={"user_id": town.server.user_id(localpart)})
            for localpart in ("1001", "9999")
        ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["errcode"] == "JP.KAIRAN.NOT_VISIBLE"


def test_a_colleague_can_be_invited(town: Town) -> None:
    with town.server.client(town.tokens["1001"], Zone.LGWAN) as client:
        answer = client.post(
            "/_matrix/client/v3/createRoom",
            json={"is_direct": True, "preset": "trusted_private_chat", "invite": [town.server.user_id("1002")]},
        )
    assert answer.status_code == 200, answer.text


def test_staff_cannot_change_their_display_name(town: Town) -> None:
    with town.server.client(town.tokens["1001"], Zone.LGWAN) as client:
        path = f"/_matrix/client/v3/profile/{town.server.user_id('1001')}/displayname"
        for answer in (client.put(path, json={"displayname": "市長"}), client.delete(path)):
            assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.PROFILE_LOCKED")
        assert client.get(path).json()["displayname"] == "山田 太郎（泉大津市 危機管理課）"


def test_the_bot_sets_its_own_name(town: Town) -> None:
    with town.server.client(SERVICE_TOKEN) as client:
        client.post("/_matrix/client/v3/register", json={"type": "m.login.application_service", "username": "kairan"})
        path = f"/_matrix/client/v3/profile/{town.server.user_id('kairan')}/displayname"
        assert client.put(path, json={"displayname": "回覧"}).status_code == 200
    assert profile(town, "3001", "kairan").json()["displayname"] == "回覧"
