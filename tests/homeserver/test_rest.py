"""The REST API of docs/rest.md, for everyone and for the bridge."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from kairan.zones import Zone

from tests.homeserver.harness import HomeserverFactory
from tests.homeserver.town import API, SERVICE_TOKEN, Town, found_town


@pytest.fixture(scope="module")
def town(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory) -> Town:
    return found_town(homeserver_factory, tmp_path_factory.mktemp("town"))


def test_me_is_my_own_affiliation(town: Town) -> None:
    assert town.get("1001", "/me").json() == {
        "user_id": town.server.user_id("1001"),
        "name": "山田 太郎",
        "kana": "ヤマダ タロウ",
        "display_name": "山田 太郎（泉大津市 危機管理課）",
        "language": "ja",
        "administers": [],
        "postings": [
            {
                "organization": "272060",
                "organization_name": "泉大津市",
                "section": "0101",
                "section_path": ["総務部", "危機管理課"],
                "title": "課長",
                "extension": "2345",
                "role": "staff",
            }
        ],
    }
    assert town.get("1003", "/me").json()["administers"] == ["272060"]
    assert [p["organization"] for p in town.get("1004", "/me").json()["postings"]] == ["272060", "272060/council"]


def test_me_without_a_posting_is_a_bare_name(town: Town) -> None:
    answer = town.get("1007", "/me").json()
    assert (answer["name"], answer["postings"]) == ("過去 去人", [])


def test_the_language_is_kept_in_account_data(town: Town) -> None:
    with town.server.client(town.tokens["1002"], Zone.INTERNET) as client:
        assert client.put(API + "/me/settings", json={"language": "en"}).json() == {"language": "en"}
        path = f"/_matrix/client/v3/user/{town.server.user_id('1002')}/account_data/jp.kairan.settings"
        assert client.get(path).json() == {"language": "en"}
        assert client.get(API + "/me").json()["language"] == "en"
        answer = client.put(API + "/me/settings", json={"language": "tlh"})
        assert (answer.status_code, answer.json()["errcode"]) == (400, "M_INVALID_PARAM")
        # Any client can write nonsense there.
        client.put(path, json={"language": ["en"]})
        assert client.get(API + "/me").json()["language"] == "ja"


def test_the_tree_shows_own_organisations_first_with_their_sections(town: Town) -> None:
    answer = town.get("1001", "/organizations").json()
    assert [(each["organization"], each["own"]) for each in answer["organizations"]] == [
        ("272060", True),
        ("270008", False),
    ]
    answer = town.get("1001", "/organizations/272060").json()
    assert answer["people"] == 4
    assert [(s["section"], s["depth"], s["parent"], s["people"]) for s in answer["sections"]] == [
        ("01", 0, None, 0),
        ("0101", 1, "01", 2),
        ("0102", 1, "01", 2),
    ]


def test_a_section_lists_its_people_by_kana_with_paging(town: Town) -> None:
    answer = town.get("1001", "/organizations/272060/people", section="0101", limit=1).json()
    assert [person["name"] for person in answer["people"]] == ["田中 花子"]
    answer = town.get("1001", "/organizations/272060/people", section="0101", limit=1, **{"from": answer["next_batch"]})
    assert [person["name"] for person in answer.json()["people"]] == ["山田 太郎"]
    assert "next_batch" not in answer.json()


def test_the_phone_book_pages_and_narrows(town: Town) -> None:
    first = town.get("1001", "/phonebook", q="田中", limit=2).json()
    assert [person["name"] for person in first["people"]] == ["田中 花子", "田中 一郎"]
    rest = town.get("1001", "/phonebook", q="田中", limit=2, **{"from": first["next_batch"]}).json()
    assert [person["name"] for person in rest["people"]] == ["田中 府子"]
    assert "next_batch" not in rest
    narrowed = town.get("1001", "/phonebook", q="田中", organization="270008").json()
    assert [person["name"] for person in narrowed["people"]] == ["田中 府子"]
    narrowed = town.get("1001", "/phonebook", q="田中", organization="272060", section="0102").json()
    assert [person["name"] for person in narrowed["people"]] == ["田中 一郎"]


def test_only_postings_in_seen_organisations_are_shown(town: Town) -> None:
    user_id = quote(town.server.user_id("1004"))
    seen = town.get("1001", f"/people/{user_id}").json()
    assert [posting["organization"] for posting in seen["postings"]] == ["272060"]


@pytest.mark.parametrize(
    "path",
    [
        "/organizations/272035",
        "/organizations/272035/people",
        "/organizations/272060%2Fcouncil",
        "/organizations/999999",
        "/organizations/272060/people?section=9999",
        "/phonebook?q=a&organization=272035",
        "/people/@4001:SERVER",
        "/people/@9999:SERVER",
        "/people/@1007:SERVER",
        "/people/nonsense",
    ],
)
def test_what_is_hidden_and_what_is_not_there_answer_alike(town: Town, path: str) -> None:
    answer = town.get("1001", path.replace("SERVER", town.server.server_name))
    assert (answer.status_code, answer.json()["errcode"]) == (404, "JP.KAIRAN.NOT_VISIBLE")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=99999999999999999999999",
        "from=x",
        "from=-1",
        "from=99999999999999",
        "q=" + "a" * 2000,
        "section=0101",
    ],
)
def test_bad_parameters_are_the_standard_error(town: Town, query: str) -> None:
    answer = town.get("1001", "/phonebook?" + query)
    assert (answer.status_code, answer.json()["errcode"]) == (400, "M_INVALID_PARAM")


@pytest.mark.parametrize(
    "path", ["/me", "/organizations", "/phonebook", "/service/people/x", "/provision/organizations"]
)
@pytest.mark.parametrize("token", [None, "forged", SERVICE_TOKEN + "x"])
def test_foreign_tokens_are_refused(town: Town, path: str, token: str | None) -> None:
    with town.server.client(token) as client:
        answer = client.get(API + path)
    assert (answer.status_code, answer.json()["errcode"]) in [(401, "M_UNKNOWN_TOKEN"), (401, "M_MISSING_TOKEN")]


def test_nothing_is_served_on_the_federation_listener(town: Town) -> None:
    with httpx.Client(base_url=town.server.url(Zone.FEDERATION)) as client:
        for path in (API + "/me", "/_matrix/client/versions", "/.well-known/matrix/client"):
            assert client.get(path).status_code == 404


def test_the_bridge_learns_who_is_staff(town: Town) -> None:
    with town.server.client(SERVICE_TOKEN) as client:
        answers = {
            who: client.get(f"{API}/service/people/{quote(user_id)}").json()
            for who, user_id in {
                "staff": town.server.user_id("1001"),
                "former": town.server.user_id("1007"),
                "operator": town.server.user_id("operator"),
                "nobody": town.server.user_id("9999"),
                "remote": "@1001:elsewhere.test",
                "nonsense": "nonsense",
            }.items()
        }
    assert {who: (each["staff"], each["local"]) for who, each in answers.items()} == {
        "staff": (True, True),
        "former": (False, True),
        "operator": (False, True),
        "nobody": (False, True),
        "remote": (False, False),
        "nonsense": (False, False),
    }
    assert answers["staff"]["person"]["name"] == "山田 太郎"


def test_the_bridge_changes_a_persons_language(town: Town) -> None:
    path = f"{API}/service/people/{quote(town.server.user_id('1003'))}"
    with town.server.client(SERVICE_TOKEN) as client:
        assert client.put(path + "/settings", json={"language": "en"}).json() == {"language": "en"}
        assert client.get(path).json()["language"] == "en"
        nobody = f"{API}/service/people/{quote(town.server.user_id('9999'))}/settings"
        assert client.put(nobody, json={"language": "en"}).status_code == 404


@pytest.mark.parametrize("zone", [Zone.LGWAN, Zone.INTERNET])
def test_the_bridges_token_is_worth_nothing_on_a_face(town: Town, zone: Zone) -> None:
    with town.server.client(SERVICE_TOKEN, zone) as client:
        answer = client.get(f"{API}/service/people/x")
    assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.WRONG_FACE")


def test_staff_cannot_ask_as_the_bridge(town: Town) -> None:
    answer = town.get("1001", "/service/people/x", zone=Zone.INTERNAL)
    assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.NOT_OPERATOR")


def test_the_organisations_are_read_once_for_many_requests(town: Town) -> None:
    reads: list[str] = []
    pool = town.server.hs.get_datastores().main.db_pool
    original = pool.runInteraction

    def counting(desc: str, *arguments: Any, **others: Any) -> Any:
        reads.append(desc)
        return original(desc, *arguments, **others)

    town.get("1001", "/organizations")
    pool.runInteraction = counting  # type: ignore[method-assign]
    try:
        for _ in range(3):
            assert town.get("1001", "/organizations").status_code == 200
    finally:
        pool.runInteraction = original  # type: ignore[method-assign]
    assert [read for read in reads if read.startswith("kairan_")] == []
