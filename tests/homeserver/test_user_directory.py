"""Every client's own people search, through the faces."""

import pytest
from kairan.zones import Zone

from tests.homeserver.harness import Database, HomeserverFactory
from tests.homeserver.town import Town, found_town, person, posting


@pytest.fixture(scope="module")
def town(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory, database: Database) -> Town:
    return found_town(homeserver_factory, tmp_path_factory.mktemp("town"), database)


@pytest.mark.parametrize("zone", [Zone.LGWAN, Zone.INTERNET])
def test_one_finds_own_and_mutually_opened_organisations_only(town: Town, zone: Zone) -> None:
    # 1001 is in 危機管理課: own section first, then the own city, then the prefecture; 堺市 and 豊中市 never.
    assert town.search("1001", "田中", zone)["found"] == ["1002", "1003", "2001"]


@pytest.mark.parametrize(
    "term",
    [
        "山田",
        "太郎",
        "山田太郎",
        "山田 太郎",
        "太郎　山田",
        "ヤマダ",
        "ﾔﾏﾀﾞ",
        "やまだたろう",
        "yamada",
        "Yamada Taro",
        "課長",
        "2345",
    ],
)
def test_a_person_is_found_by_any_way_of_writing(town: Town, term: str) -> None:
    assert "1001" in town.search("1002", term)["found"]


def test_a_kanji_variant_finds_the_registered_form(town: Town) -> None:
    assert town.search("1001", "高橋")["found"] == ["1004"]


def test_a_section_finds_its_people(town: Town) -> None:
    assert town.search("2001", "危機管理課")["found"] == ["1002", "1001"]


def test_the_answer_carries_the_display_name_with_affiliation(town: Town) -> None:
    [found] = town.search("1002", "山田")["results"]
    assert found["display_name"] == "山田 太郎（泉大津市 危機管理課）"


def test_a_walled_organisation_is_seen_only_from_inside(town: Town) -> None:
    assert town.search("1001", "局員")["found"] == []
    assert town.search("4001", "局員")["found"] == []
    assert town.search("1005", "局員")["found"] == ["1005"]
    # A posting on both sides bridges: 1004 sees both, and those inside see 1004.
    assert town.search("1004", "局員")["found"] == ["1005"]
    assert town.search("1005", "髙橋")["found"] == ["1004"]
    assert town.search("1005", "山田")["found"] == []


def test_one_side_opening_alone_shows_nobody(town: Town) -> None:
    assert town.search("3001", "山田")["found"] == []
    assert town.search("4001", "山田")["found"] == []


def test_people_before_their_first_day_and_after_their_last_are_not_listed(town: Town) -> None:
    assert town.search("1001", "未来")["found"] == []
    assert town.search("1001", "過去")["found"] == []


def test_whoever_has_no_current_posting_sees_nobody(town: Town) -> None:
    assert town.search("1007", "田中")["found"] == []
    assert town.search("1006", "田中")["found"] == []


def test_the_limit_counts_what_the_searcher_may_see(town: Town) -> None:
    answer = town.search("1001", "田中", limit=2)
    assert (answer["found"], answer["limited"]) == (["1002", "1003"], True)
    answer = town.search("1001", "田中", limit=3)
    assert (answer["found"], answer["limited"]) == (["1002", "1003", "2001"], False)


def test_a_new_colleague_is_found_at_once_and_a_transferred_one_moves(town: Town) -> None:
    assert town.search("1001", "新田")["found"] == []
    new = person("1100", "新田 進", "ニッタ ススム", posting("272060", "0101"))
    assert town.declare("people", {"people": [new]}).json() == {"created": 1, "changed": 0, "unchanged": 0}
    assert town.search("1001", "新田")["found"] == ["1100"]
    new["postings"] = [posting("272035")]
    assert town.declare("people", {"people": [new]}).json() == {"created": 0, "changed": 1, "unchanged": 0}
    assert town.search("1001", "新田")["found"] == []
    assert town.search("4001", "新田")["results"][0]["display_name"] == "新田 進（豊中市）"


@pytest.mark.parametrize("term", ["", "   ", "\x00", "a" * 100_000, "%_'\"--", "\ud800", ".*"])
def test_odd_search_terms_find_nobody_and_break_nothing(town: Town, term: str) -> None:
    if term == "\ud800":
        with town.server.client(town.tokens["1001"], Zone.LGWAN) as client:
            answer = client.post("/_matrix/client/v3/user_directory/search", content=b'{"search_term": "\\ud800"}')
        assert answer.json()["results"] == []
    else:
        assert town.search("1001", term)["found"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"search_term": 5},
        {"search_term": None},
        {"search_term": "a", "limit": "x"},
        {"search_term": "a", "limit": 1.5},
    ],
)
def test_a_wrong_type_is_a_standard_error(town: Town, body: dict[str, object]) -> None:
    with town.server.client(town.tokens["1001"], Zone.LGWAN) as client:
        answer = client.post("/_matrix/client/v3/user_directory/search", json=body)
    assert (answer.status_code, answer.json()["errcode"]) == (400, "M_INVALID_PARAM")


def test_without_a_token_there_is_no_search(town: Town) -> None:
    with town.server.client(None, Zone.LGWAN) as client:
        answer = client.post("/_matrix/client/v3/user_directory/search", json={"search_term": "田中"})
    assert answer.status_code == 401


def test_a_new_avatar_shows_at_once(town: Town) -> None:
    path = f"/_matrix/client/v3/profile/{town.server.user_id('1002')}/avatar_url"
    assert "avatar_url" not in town.search("1001", "花子")["results"][0]
    with town.server.client(town.tokens["1002"], Zone.LGWAN) as client:
        assert client.put(path, json={"avatar_url": "mxc://here/one"}).status_code == 200
        assert town.search("1001", "花子")["results"][0]["avatar_url"] == "mxc://here/one"
        assert client.put(path, json={"avatar_url": ""}).status_code == 200
    assert "avatar_url" not in town.search("1001", "花子")["results"][0]


@pytest.mark.parametrize("term", ["回覧", "kairan", "かいらん", "bot"])
def test_the_bot_is_found_by_its_names(town: Town, term: str) -> None:
    assert town.search("1001", term)["found"] == ["kairan"]
    assert town.search("1007", term)["found"] == []
