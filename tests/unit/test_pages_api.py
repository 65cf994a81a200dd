"""What the pages' server forwards to the homeserver, and what it does not."""

from typing import Any

import pytest
from kairan_bridge.pages.kairan_api import FORWARDED

from tests.unit.pages_server import OURS, USER, Pages, run

KAIRAN = "/_synapse/client/kairan/v1"


@pytest.mark.parametrize(
    ("asked", "forwarded"),
    [
        ("/me", "/me"),
        ("/organizations?limit=100&from=x", "/organizations?limit=100&from=x"),
        ("/organizations/272060%2Fcouncil", "/organizations/272060%2Fcouncil"),
        ("/organizations/272060/people?section=0101", "/organizations/272060/people?section=0101"),
        ("/people/@1002:osaka.example", "/people/%401002%3Aosaka.example"),
        ("/phonebook?q=%E7%94%B0%E4%B8%AD&limit=50", "/phonebook?q=%E7%94%B0%E4%B8%AD&limit=50"),
    ],
)
def test_a_call_is_made_with_the_persons_own_token(asked: str, forwarded: str) -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        pages.upstream.answers["GET", KAIRAN + forwarded.partition("?")[0]] = (200, {"language": "ja"})
        response = await pages.client.get("/api/kairan" + asked)
        assert response.status == 200
        assert [(a.method, a.path, a.token) for a in pages.upstream.asked] == [
            ("GET", KAIRAN + forwarded, "secret-token")
        ]

    run(test)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/provision/people"),
        ("PUT", "/provision/people"),
        ("POST", "/provision/rooms"),
        ("GET", "/service/people/@1001:osaka.example"),
        ("PUT", "/me"),
        ("DELETE", "/me/settings"),
        ("GET", "/people"),
        ("GET", "/people/a/b"),
        ("GET", "/organizations/%2e%2e"),
        ("GET", "/organizations/..%2Fprovision"),
        ("GET", "/people/%2e%2e/people"),
        ("GET", "//me"),
    ],
)
def test_no_other_call_reaches_beyond_what_pages_may_ask(method: str, path: str) -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        await pages.client.request(method, f"/api/kairan{path}", headers=OURS, data="{}")
        allowed = {call.path.partition("{")[0] for call in FORWARDED}
        for asked in pages.upstream.asked:
            assert ".." not in asked.path.replace("..%2F", "")
            assert any(asked.path.startswith(KAIRAN + prefix) for prefix in allowed)
            assert asked.method == "GET"

    run(test)


def test_query_parameters_that_a_call_does_not_take_stay_behind() -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        await pages.client.get("/api/kairan/phonebook?q=a&access_token=other&user_id=%40x%3Ay")
        assert pages.upstream.asked[0].path == f"{KAIRAN}/phonebook?q=a"

    run(test)


def test_without_a_session_nothing_is_forwarded() -> None:
    async def test(pages: Pages) -> None:
        response = await pages.client.get("/api/kairan/me", headers={"Authorization": "Bearer stolen"})
        assert response.status == 401
        assert pages.upstream.asked == []

    run(test)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"errcode": "JP.KAIRAN.NOT_VISIBLE", "error": "該当する人または組織は見つかりません。"}),
        (400, {"errcode": "M_INVALID_PARAM", "error": "limit"}),
        (429, {"errcode": "M_LIMIT_EXCEEDED", "error": "slow", "retry_after_ms": 500}),
    ],
)
def test_the_homeservers_errors_come_through_as_they_are(status: int, body: dict[str, Any]) -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        pages.upstream.answers["GET", f"{KAIRAN}/phonebook"] = (status, body)
        response = await pages.client.get("/api/kairan/phonebook?q=a")
        assert (response.status, await response.json()) == (status, body)

    run(test)


def test_a_token_that_the_homeserver_no_longer_knows_ends_the_session() -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        pages.upstream.answers["GET", f"{KAIRAN}/me"] = (401, {"errcode": "M_UNKNOWN_TOKEN", "error": "gone"})
        assert (await pages.client.get("/api/kairan/me")).status == 401
        pages.upstream.asked.clear()
        response = await pages.client.get("/api/kairan/me")
        assert (await response.json())["errcode"] == "M_MISSING_TOKEN"
        assert pages.upstream.asked == []

    run(test)


@pytest.mark.parametrize("answer", [(502, "<h1>Bad Gateway</h1>"), (200, "<p>a portal</p>"), (200, []), (200, "null")])
def test_what_is_no_homeserver_is_told_in_a_sentence(answer: tuple[int, Any]) -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        pages.upstream.answers["GET", f"{KAIRAN}/me"] = answer
        response = await pages.client.get("/api/kairan/me")
        assert response.status == 502
        body = await response.json()
        assert body["errcode"] == "JP.KAIRAN.HOMESERVER_UNREACHABLE"
        assert "つながりません" in body["error"] and "cannot be reached" in body["error"]

    run(test)


def test_a_homeserver_that_is_down_is_told_in_a_sentence() -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        await pages.homeserver.close()
        response = await pages.client.get("/api/kairan/me")
        assert (response.status, (await response.json())["errcode"]) == (502, "JP.KAIRAN.HOMESERVER_UNREACHABLE")

    run(test)


def test_a_chosen_language_is_kept_with_the_person_and_in_the_browser() -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        pages.upstream.answers["PUT", f"{KAIRAN}/me/settings"] = (200, {"language": "en"})
        response = await pages.client.put("/api/kairan/me/settings", json={"language": "en"}, headers=OURS)
        assert response.cookies["kairan_lang"].value == "en"
        assert pages.upstream.asked[0].body == {"language": "en"}

    run(test)


SETTING = "/_matrix/client/v3/user/%40" + USER[1:].replace(":", "%3A") + "/account_data/jp.kairan.settings"


@pytest.mark.parametrize(
    ("chosen", "told"), [((404, {"errcode": "M_NOT_FOUND"}), "en"), ((200, {"language": "ja"}), "ja")]
)
def test_a_browsers_language_holds_until_the_person_chose_one(chosen: tuple[int, Any], told: str) -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        pages.upstream.answers["GET", f"{KAIRAN}/me"] = (200, {"user_id": USER, "language": "ja"})
        pages.upstream.answers["GET", SETTING] = chosen
        response = await pages.client.get("/api/kairan/me", headers={"Accept-Language": "en-GB,en;q=0.9"})
        assert (await response.json())["language"] == told

    run(test)
