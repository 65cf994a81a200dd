"""Whatever way a person sets a password, the rules of their organisation hold."""

from typing import Any

import httpx
import pytest
from kairan.zones import Zone

from tests.homeserver.harness import Database, HomeserverFactory
from tests.homeserver.signing_in import PASSWORD, declare_policies, give_password, identified, sign_in
from tests.homeserver.town import Town, found_town, person, posting

FIRST = "hTq7mPx2kR9wZc4n"
GOOD = "Ninety-9 tulips in a row"


@pytest.fixture(scope="module")
def town(homeserver_factory: HomeserverFactory, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = found_town(homeserver_factory, tmp_path_factory.mktemp("town"), database)
    declare_policies(town, o272060={"password": {"shortest": 14, "kinds": 3}})
    newcomer = person("1234", "新田 進", "ニッタ ススム", posting("272060", "0101"), first_password=FIRST)
    assert town.declare("people", {"people": [newcomer]}).status_code == 200
    return town


def change(town: Town, token: str, auth: dict[str, Any] | None, zone: Zone = Zone.LGWAN, **body: object) -> Any:
    """`POST /account/password`, as clients do: first without `auth`, then with the session of that answer."""
    with town.server.client(token, zone) as client:
        answer = client.post("/_matrix/client/v3/account/password", json=body)
        if auth is None or answer.status_code != 401:
            return answer
        session = {"session": answer.json()["session"]}
        return client.post("/_matrix/client/v3/account/password", json=body | {"auth": auth | session})


def weak(answer: httpx.Response) -> list[str]:
    """That a password was refused, and its faults."""
    body = answer.json()
    assert (answer.status_code, body["errcode"]) == (400, "JP.KAIRAN.WEAK_PASSWORD"), answer.text
    found: list[str] = body["jp.kairan.faults"]
    return found


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("short", ["short", "kinds"]),
        ("all of small letters", ["kinds"]),
        ("Nitta of the 9 tulips", ["name"]),
        ("１２３４ tulips In a row", ["staff_number"]),
        ("すすむ at the 9 Tulips", ["name"]),
        (FIRST, ["first_password"]),
    ],
)
def test_everything_that_is_wrong_is_said_at_once(town: Town, password: str, faults: list[str]) -> None:
    token = sign_in_once(town)
    with town.server.client(token) as client:
        answer = client.post("/_matrix/client/r0/account/password", json={"new_password": password})
    assert weak(answer) == faults
    error = answer.json()["error"]
    assert error.startswith("このパスワードは使えません。")
    if "short" in faults:
        assert "14 文字以上" in error
        assert "at least 14 characters" in error


def sign_in_once(town: Town) -> str:
    """A session of the newcomer, made with the first password at first and then kept."""
    if "1234" not in town.tokens:
        answer = sign_in(town, "1234", FIRST)
        assert answer.status_code == 200, answer.text
        town.tokens["1234"] = answer.json()["access_token"]
    return town.tokens["1234"]


def test_a_good_password_is_taken_and_noted(town: Town) -> None:
    give_password(town, "1002")
    session = sign_in(town, "1002").json()
    answer = change(town, session["access_token"], identified("1002", PASSWORD), new_password=GOOD)
    assert answer.status_code == 200, answer.text
    assert sign_in(town, "1002", GOOD).status_code == 200
    assert sign_in(town, "1002").status_code == 403
    entries = town.get("1003", "/audit", organization="272060", action="password").json()["entries"]
    assert entries[0]["user_id"] == town.server.user_id("1002")
    assert (entries[0]["outcome"], entries[0]["detail"]) == ("done", "changed")


def test_a_bad_password_cannot_be_brought_in_after_a_good_one_was_judged(town: Town) -> None:
    give_password(town, "1001")
    token = sign_in(town, "1001").json()["access_token"]
    path = "/_matrix/client/v3/account/password"
    with town.server.client(token) as client:
        session = client.post(path, json={"new_password": GOOD}).json()["session"]
        auth = identified("1001", PASSWORD) | {"session": session}
        assert weak(client.post(path, json={"new_password": "yamada", "auth": auth}))
        # Nor one that was never shown whole: Synapse would take the hash of an earlier request.
        answer = client.post(path, json={"auth": auth})
        assert (answer.status_code, answer.json()["errcode"]) == (400, "M_MISSING_PARAM")
    assert sign_in(town, "1001").status_code == 200


def test_the_strictest_of_several_organisations_rules(town: Town) -> None:
    # 1004 works for the city (14 characters) and its council (the standard, 12).
    answer = change(town, town.tokens["1004"], None, new_password="Thirteen-3-ch")
    assert weak(answer) == ["short"]
    answer = change(town, town.tokens["1005"], None, new_password="Thirteen-3-ch")
    assert answer.status_code == 401, answer.text


def test_the_operator_is_not_held_to_the_rules(town: Town) -> None:
    give_password(town, "1003", "short")
    assert sign_in(town, "1003", "short").status_code == 200
