"""Links by which people set their first password themselves."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from kairan.zones import Zone

from tests.homeserver.harness import Database, HomeserverFactory
from tests.homeserver.signing_in import FREE, at, declare_policies, give_password, later, refused, sign_in
from tests.homeserver.town import API, Town, found_town, token_of

GOOD = "Ninety-9 tulips in a row"
DAY = 24 * 3600.0


@pytest.fixture(scope="module")
def town(homeserver_factory: HomeserverFactory, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = found_town(homeserver_factory, tmp_path_factory.mktemp("town"), database)
    declare_policies(town, o271403={"rules": {"sign_in": {"internet": "deny"}}})
    return town


def issue(town: Town, *localparts: str, **others: object) -> dict[str, str]:
    """The tokens of new links, by localpart."""
    with town.server.client(town.operator) as client:
        answer = client.post(API + "/provision/activations", json={"localparts": localparts, **others})
    assert answer.status_code == 200, answer.text
    links = answer.json()["links"]
    assert all(link.startswith("/activate#") for link in links.values())
    return {localpart: link.partition("#")[2] for localpart, link in links.items()}


def call(
    town: Town, path: str, body: dict[str, object], zone: Zone = Zone.LGWAN, address: str = "127.0.0.1"
) -> httpx.Response:
    """What the page asks, without anybody signed in."""
    with at(address, town.server.url(zone)) as client:
        return client.post(API + path, json=body)


def dead(answer: httpx.Response) -> bool:
    """Whether the answer is that the link does not work."""
    return (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.ACTIVATION_DEAD")


def test_a_link_sets_a_password_by_the_rules_once(town: Town) -> None:
    token = issue(town, "1001")["1001"]
    assert len(token) == 22
    assert call(town, "/activation/check", {"token": token}).json() == {
        "user_id": town.server.user_id("1001"),
        "name": "山田 太郎",
        "password": {"shortest": 12, "kinds": 1},
    }
    answer = call(town, "/activation", {"token": token, "password": "yamada"})
    assert (answer.status_code, answer.json()["jp.kairan.faults"]) == (400, ["short", "name"])
    answer = call(town, "/activation", {"token": token, "password": GOOD})
    assert (answer.status_code, answer.json()) == (200, {"user_id": town.server.user_id("1001")})
    assert sign_in(town, "1001", GOOD).status_code == 200
    for path in ("/activation/check", "/activation"):
        assert dead(call(town, path, {"token": token, "password": GOOD + "!"}))
    entries = town.get("1003", "/audit", organization="272060", action="activation").json()["entries"]
    assert [entry["detail"] for entry in entries] == ["used", "issued"]


def test_setting_a_password_by_a_link_ends_what_was_signed_in_before(town: Town) -> None:
    session = token_of(town.server, "1002")
    token = issue(town, "1002")["1002"]
    assert call(town, "/activation", {"token": token, "password": GOOD}).status_code == 200
    with town.server.client(session) as client:
        assert client.get("/_matrix/client/v3/account/whoami").status_code == 401


def test_of_two_uses_at_once_one_sets_the_password(town: Town) -> None:
    token = issue(town, "1004")["1004"]
    passwords = [f"{GOOD} {index}" for index in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda word: call(town, "/activation", {"token": token, "password": word}), passwords))
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]
    (taken,) = [word for word, answer in zip(passwords, answers, strict=True) if answer.status_code == 200]
    assert sign_in(town, "1004", taken).status_code == 200


def test_a_new_link_ends_the_old_one_and_fourteen_days_end_every_one(town: Town) -> None:
    old = issue(town, "1005")["1005"]
    new = issue(town, "1005")["1005"]
    assert dead(call(town, "/activation/check", {"token": old}))
    with later(town, seconds=14 * DAY - 60):
        assert call(town, "/activation/check", {"token": new}).status_code == 200
    with later(town, seconds=14 * DAY + 60):
        assert dead(call(town, "/activation/check", {"token": new}))


def test_a_link_works_only_where_its_person_may_sign_in(town: Town) -> None:
    token = issue(town, "3001")["3001"]
    answer = call(town, "/activation/check", {"token": token}, Zone.INTERNET)
    assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.SIGN_IN_NOT_HERE")
    assert call(town, "/activation/check", {"token": token}, Zone.LGWAN).status_code == 200


def test_guessing_is_slowed_down_for_who_guesses_alone(town: Town) -> None:
    token = issue(town, "2001")["2001"]
    for index in range(FREE + 1):
        assert dead(call(town, "/activation/check", {"token": f"{index:022d}"}, address="127.0.20.1"))
    refused(call(town, "/activation/check", {"token": token}, address="127.0.20.1"))
    assert call(town, "/activation/check", {"token": token}, address="127.0.20.2").status_code == 200


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "あ" * 22, "'; DROP TABLE kairan_activations; --"])
def test_what_cannot_be_a_token_is_a_wrong_one(town: Town, token: str) -> None:
    assert dead(call(town, "/activation", {"token": token, "password": GOOD}, address="127.0.21.1"))


def test_links_are_for_registered_people_who_have_not_retired(town: Town) -> None:
    with town.server.client(town.operator) as client:
        for localparts in (["nobody"], ["1001", "operator"], ["kairan"]):
            answer = client.post(API + "/provision/activations", json={"localparts": localparts})
            assert (answer.status_code, answer.json()["errcode"]) == (400, "JP.KAIRAN.BAD_DECLARATION")
    token = issue(town, "4001")["4001"]
    assert town.declare("people", {"people": [{"localpart": "4001", "name": "田中 豊", "postings": []}]}).is_success
    assert dead(call(town, "/activation/check", {"token": token}))


def test_those_who_have_a_password_can_be_left_out(town: Town) -> None:
    give_password(town, "1003")
    assert set(issue(town, "1003", "1006", only_without_password=True)) == {"1006"}


def test_only_an_operator_gives_out_links(town: Town) -> None:
    for token, zone, code in (
        (town.tokens["1003"], Zone.INTERNAL, "JP.KAIRAN.NOT_OPERATOR"),
        (town.operator, Zone.LGWAN, "JP.KAIRAN.WRONG_FACE"),
        (town.operator, Zone.INTERNET, "JP.KAIRAN.WRONG_FACE"),
    ):
        with town.server.client(token, zone) as client:
            answer = client.post(API + "/provision/activations", json={"localparts": ["1001"]})
        assert (answer.status_code, answer.json()["errcode"]) == (403, code)
