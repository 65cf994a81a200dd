"""Declaring organisations, people and their rooms through the provisioning API."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from kairan.zones import Zone

from tests.homeserver.harness import Database, HomeserverFactory
from tests.homeserver.town import API, ORGANIZATIONS, PEOPLE, Town, found_town, person, posting, token_of


@pytest.fixture(scope="module")
def town(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory, database: Database) -> Town:
    return found_town(homeserver_factory, tmp_path_factory.mktemp("town"), database)


def declared_people(town: Town, organization: str) -> list[dict[str, Any]]:
    with town.server.client(town.operator) as client:
        answer = client.get(f"{API}/provision/people", params={"organization": organization})
    people: list[dict[str, Any]] = answer.json()["people"]
    return people


def log_in(town: Town, localpart: str, password: str) -> tuple[int, dict[str, Any]]:
    with town.server.client(None, Zone.LGWAN) as client:
        answer = client.post(
            "/_matrix/client/v3/login",
            json={
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": localpart},
                "password": password,
            },
        )
    return answer.status_code, answer.json()


def test_declaring_again_changes_nothing(town: Town) -> None:
    assert town.declare("organizations", {"organizations": ORGANIZATIONS}).json() == {
        "changed": 0,
        "unchanged": len(ORGANIZATIONS),
    }
    assert town.declare("people", {"people": PEOPLE}).json() == {
        "created": 0,
        "changed": 0,
        "unchanged": len(PEOPLE),
    }


def test_what_was_declared_is_read_back(town: Town) -> None:
    with town.server.client(town.operator) as client:
        organizations = client.get(f"{API}/provision/organizations").json()["organizations"]
    assert [each["organization"] for each in organizations] == sorted(o["organization"] for o in ORGANIZATIONS)
    council = {each["localpart"]: each for each in declared_people(town, "272060/council")}
    assert sorted(council) == ["1004", "1005"]
    assert [p["organization"] for p in council["1004"]["postings"]] == ["272060", "272060/council"]
    assert council["1004"]["display_name"] == "髙橋 次郎（泉大津市 人事課）"


def test_people_page_by_user_id(town: Town) -> None:
    with town.server.client(town.operator) as client:
        first = client.get(f"{API}/provision/people", params={"organization": "272060", "limit": "2"}).json()
        assert [each["localpart"] for each in first["people"]] == ["1001", "1002"]
        rest = client.get(
            f"{API}/provision/people", params={"organization": "272060", "limit": "2", "from": first["next_batch"]}
        ).json()
    assert [each["localpart"] for each in rest["people"]] == ["1003", "1004"]


def test_a_first_password_signs_in_once(town: Town) -> None:
    new = person("1200", "初 一", "ハツ ハジメ", posting("272060"), first_password="k7wq-3m9x-first")
    assert town.declare("people", {"people": [new]}).json()["created"] == 1
    # Declared again, as after an interruption: the account is there and keeps its password.
    assert town.declare("people", {"people": [{**new, "first_password": "another-password"}]}).json()["unchanged"] == 1
    status, answer = log_in(town, "1200", "k7wq-3m9x-first")
    assert status == 200
    token = answer["access_token"]
    status, answer = log_in(town, "1200", "k7wq-3m9x-first")
    assert (status, answer["errcode"]) == (403, "JP.KAIRAN.FIRST_PASSWORD_USED")
    with town.server.client(token, Zone.LGWAN) as client:
        auth = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": "1200"},
            "password": "k7wq-3m9x-first",
        }
        changed = client.post(
            "/_matrix/client/v3/account/password", json={"new_password": "my own words", "auth": auth}
        )
        assert changed.status_code == 200, changed.text
    assert [log_in(town, "1200", "my own words")[0] for _ in range(2)] == [200, 200]


def test_an_account_without_a_password_cannot_be_guessed_into(town: Town) -> None:
    assert log_in(town, "1001", "")[0] == 403


def test_a_transfer_changes_the_display_name_in_every_room(town: Town) -> None:
    mover = person("1300", "異動 する子", "イドウ スルコ", posting("272060", "0101"))
    town.declare("people", {"people": [mover]})
    token = token_of(town.server, "1300")
    with town.server.client(token, Zone.LGWAN) as client:
        room_id = client.post("/_matrix/client/v3/createRoom", json={"name": "仕事"}).json()["room_id"]
        town.declare("people", {"people": [{**mover, "postings": [posting("272060", "0102")]}]})
        path = f"/_matrix/client/v3/rooms/{room_id}/state/m.room.member/{town.server.user_id('1300')}"
        # Synapse sends it into the rooms one by one, in the background.
        deadline = time.monotonic() + 30
        while client.get(path).json()["displayname"] != "異動 する子（泉大津市 人事課）":
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_the_same_people_declared_twice_at_once_are_made_once_with_one_first_password(town: Town) -> None:
    """As when a command was killed and run again while the server is still at work for the first."""
    new = [
        person(f"13{n:03}", "同時 者", "", posting("272060"), first_password=f"{who}-password-{n}")
        for who in ("one", "two")
        for n in range(100)
    ]
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda half: town.declare("people", {"people": half}), (new[:100], new[100:])))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert sorted(answer.json()["created"] for answer in answers) == [0, 100]

    async def differing() -> list[tuple[str]]:
        def select(txn: Any) -> list[tuple[str]]:
            txn.execute(
                """
                SELECT user_id FROM kairan_first_passwords INNER JOIN users ON name = user_id
                WHERE users.password_hash <> kairan_first_passwords.password_hash AND user_id LIKE ?
                """,
                ("@13%",),
            )
            return list(txn.fetchall())

        return await town.server.hs.get_datastores().main.db_pool.runInteraction("test", select)

    # Otherwise the first password would pass for one that the person has chosen, and sign in again and again.
    assert town.server.run(differing) == []


def test_whoever_retires_is_locked_and_comes_back_with_a_posting(town: Town) -> None:
    retiree = person("1400", "退職 者", "タイショク シャ", posting("272060", "0101"))
    town.declare("people", {"people": [retiree]})
    token = token_of(town.server, "1400")
    town.declare("people", {"people": [{**retiree, "postings": []}]})
    with town.server.client(token, Zone.LGWAN) as client:
        answer = client.get("/_matrix/client/v3/joined_rooms")
        assert (answer.status_code, answer.json()["errcode"]) == (401, "M_USER_LOCKED")
        assert town.search("1001", "退職")["found"] == []
        town.declare("people", {"people": [retiree]})
        assert client.get("/_matrix/client/v3/joined_rooms").status_code == 200
    assert town.search("1001", "退職")["found"] == ["1400"]


def test_without_an_organization_everybody_is_listed_those_who_have_retired_too(town: Town) -> None:
    gone = person("1450", "退職 済", "タイショク ズミ", posting("272060", "0101"))
    town.declare("people", {"people": [gone]})
    town.declare("people", {"people": [{**gone, "postings": []}]})
    found: list[dict[str, Any]] = []
    query = {"limit": "3"}
    with town.server.client(town.operator) as client:
        while True:
            page = client.get(f"{API}/provision/people", params=query).json()
            found += page["people"]
            if "next_batch" not in page:
                break
            query["from"] = page["next_batch"]
    localparts = [each["localpart"] for each in found]
    assert len(localparts) == len(set(localparts))
    assert {each["localpart"] for each in PEOPLE} <= {*localparts}
    (retired,) = (each for each in found if each["localpart"] == "1450")
    assert (retired["postings"], retired["locked"], retired["display_name"]) == ([], True, "退職 済")
    assert "1450" not in {each["localpart"] for each in declared_people(town, "272060")}


def test_a_section_goes_only_when_nobody_is_posted_there(town: Town) -> None:
    def sections() -> list[str]:
        answer = town.get("3001", "/organizations/271403").json()
        return [each["section"] for each in answer["sections"]]

    city = {"organization": "271403", "name": "堺市", "kana": "さかいし"}
    two = {**city, "sections": [{"section": "1", "name": "一課"}, {"section": "2", "name": "二課"}]}
    town.declare("organizations", {"organizations": [two]})
    someone = person("3100", "一課 職員", "", posting("271403", "1"))
    town.declare("people", {"people": [someone]})
    assert sections() == ["1", "2"]
    town.declare("organizations", {"organizations": [city]})
    assert sections() == ["1"]
    town.declare("people", {"people": [{**someone, "postings": [posting("271403")]}]})
    town.declare("organizations", {"organizations": [city]})
    assert sections() == []


BAD_ORGANIZATIONS: list[tuple[object, str]] = [
    ({"organization": "272061", "name": "x"}, "272060 would be right"),
    ({"organization": "999997", "name": "x"}, "in no list"),
    ({"organization": "27206", "name": "x"}, "six digits"),
    ({"organization": "272060/Council", "name": "x"}, "bad suffix"),
    ({"organization": "272060", "name": ""}, "1 to 100 characters"),
    ({"organization": "272060", "name": "長" * 300}, "1 to 100 characters"),
    ({"organization": "272060", "name": 5}, "str is needed"),
    ({"organization": "272060"}, "name"),
    ({"organization": "272060", "name": "x", "colour": "red"}, "colour"),
    ({"organization": "272060", "name": "x", "opens_to": ["27206"]}, "six digits"),
    ({"organization": "272060", "name": "x", "display_name": "{colour}"}, "unknown field"),
    ({"organization": "272060", "name": "x", "policy": {"sign_in": "maybe"}}, "open, self, admin, certificate"),
    ({"organization": "272060", "name": "x", "policy": {"rules": {"call": {"lgwan": "allow"}}}}, "cannot be changed"),
    ({"organization": "272060", "name": "x", "policy": 5}, "policy"),
    ({"organization": "272060", "name": "x", "sections": [{"section": "", "name": "y"}]}, "section code"),
    (
        {"organization": "272060", "name": "x", "sections": [{"section": "1", "name": "y", "parent": "2"}]},
        "is no section",
    ),
    (
        {
            "organization": "272060",
            "name": "x",
            "sections": [
                {"section": "1", "name": "y", "parent": "2"},
                {"section": "2", "name": "z", "parent": "1"},
            ],
        },
        "ring",
    ),
    ({"organization": "272060", "name": "x", "sections": [{"section": "1", "name": "y"}] * 2}, "stands twice"),
    ("nonsense", ""),
]


@pytest.mark.parametrize(("declared", "words"), BAD_ORGANIZATIONS)
def test_a_bad_organisation_is_refused_and_changes_nothing(town: Town, declared: object, words: str) -> None:
    good = {"organization": "272051", "name": "吹田市"}
    answer = town.declare("organizations", {"organizations": [good, declared]})
    assert (answer.status_code, answer.json()["errcode"]) == (400, "JP.KAIRAN.BAD_DECLARATION")
    assert words in answer.json()["error"]
    with town.server.client(town.operator) as client:
        assert "272051" not in client.get(f"{API}/provision/organizations").text


BAD_PEOPLE: list[tuple[object, str]] = [
    (person("", "x", ""), "staff number"),
    (person("Ａ１", "x", ""), "staff number"),
    (person("kairan", "x", "", posting("272060")), "the bot's"),
    (person("kairan_x", "x", "", posting("272060")), "the bot's"),
    (person("9", "", ""), "1 to 100 characters"),
    (person("9", "x", "", posting("272051")), "not registered"),
    (person("9", "x", "", posting("272060", "77")), "no section '77'"),
    (person("9", "x", "", posting("272060", starts="2026-04-02", ends="2026-04-01")), "before it starts"),
    (person("9", "x", "", posting("272060", starts="2026-02-31")), "starts"),
    (person("9", "x", "", posting("272060", starts=5)), "starts"),
    (person("9", "x", "", posting("272060", role="king")), "role"),
    (person("9", "x", "", posting("272060"), first_password="short"), "first_password"),
    (person("9", "x", "", colour="red"), "colour"),
    (person("1001", "x", ""), "stands twice"),
    (None, ""),
]


@pytest.mark.parametrize(("declared", "words"), BAD_PEOPLE)
def test_a_bad_person_is_refused_and_changes_nothing(town: Town, declared: object, words: str) -> None:
    answer = town.declare("people", {"people": [PEOPLE[0] | {"name": "変更 済"}, declared]})
    assert (answer.status_code, answer.json()["errcode"]) == (400, "JP.KAIRAN.BAD_DECLARATION")
    assert words in answer.json()["error"]
    assert town.get("1001", "/me").json()["name"] == "山田 太郎"


@pytest.mark.parametrize("body", [{}, [], {"people": 5}, {"people": None}, {"people": [[]]}])
def test_a_body_of_the_wrong_shape_is_refused(town: Town, body: object) -> None:
    with town.server.client(town.operator) as client:
        answer = client.put(f"{API}/provision/people", content=json.dumps(body))
    assert answer.status_code == 400
    assert answer.json()["errcode"] in ("JP.KAIRAN.BAD_DECLARATION", "M_BAD_JSON")


def test_more_than_a_thousand_people_at_once_are_refused(town: Town) -> None:
    people = [person(f"a{number}", "x", "") for number in range(1001)]
    assert "at most 1000" in town.declare("people", {"people": people}).json()["error"]


@pytest.mark.parametrize("zone", [Zone.LGWAN, Zone.INTERNET])
def test_declaring_works_on_the_internal_listener_only(town: Town, zone: Zone) -> None:
    answer = town.declare("people", {"people": []}, zone)
    assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.WRONG_FACE")


def test_declaring_needs_an_operator(town: Town) -> None:
    with town.server.client(town.tokens["1003"]) as client:
        answer = client.put(f"{API}/provision/people", json={"people": []})
    assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.NOT_OPERATOR")
