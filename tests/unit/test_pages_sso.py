"""Single sign-on through the pages' server: only the browser that left can come back."""

from urllib.parse import parse_qs, urlsplit

import pytest
from kairan_bridge.pages.sso import safe_path

from tests.unit.pages_server import BASE_URL, USER, Pages, run

LOGIN = ("POST", "/_matrix/client/v3/login")
WELL_KNOWN = ("GET", "/.well-known/matrix/client")


async def leave(pages: Pages, query: str = "") -> str:
    """Go to the homeserver; answers where it was to send the browser back to, as path and query."""
    pages.upstream.answers[WELL_KNOWN] = (200, {"m.homeserver": {"base_url": "https://chat.example/"}})
    response = await pages.client.get(f"/login/sso{query}", allow_redirects=False)
    target = urlsplit(response.headers["Location"])
    assert (target.scheme, target.netloc) == ("https", "chat.example")
    back = urlsplit(parse_qs(target.query)["redirectUrl"][0])
    assert f"{back.scheme}://{back.netloc}" == BASE_URL
    return f"{back.path}?{back.query}"


def test_one_comes_back_signed_in_to_the_page_one_wanted() -> None:
    async def test(pages: Pages) -> None:
        back = await leave(pages, "?next=%2Fphonebook%3Fq%3Da")
        pages.upstream.answers[LOGIN] = (200, {"user_id": USER, "access_token": "t"})
        response = await pages.client.get(f"{back}&loginToken=once")
        assert 'content="0;url=/phonebook?q=a"' in await response.text()
        assert pages.upstream.asked[-1].body["token"] == "once"
        assert (await (await pages.client.get("/api/session")).json())["user_id"] == USER

    run(test)


def test_a_provider_is_named_to_the_homeserver() -> None:
    async def test(pages: Pages) -> None:
        response = await pages.client.get("/login/sso?idp=oidc-city", allow_redirects=False)
        assert urlsplit(response.headers["Location"]).path == "/_matrix/client/v3/login/sso/redirect/oidc-city"

    run(test)


def test_a_return_that_this_browser_did_not_ask_for_signs_nobody_in() -> None:
    async def test(pages: Pages) -> None:
        back = await leave(pages)
        pages.client.session.cookie_jar.clear()
        pages.upstream.answers[LOGIN] = (200, {"user_id": "@attacker:x", "access_token": "t"})
        pages.upstream.asked.clear()
        response = await pages.client.get(f"{back}&loginToken=theirs")
        assert "/login?problem=sso" in await response.text()
        assert pages.upstream.asked == []

    run(test)


@pytest.mark.parametrize("query", ["", "?state=&loginToken=x", "?state=guessed&loginToken=x", "?state=あ&loginToken=x"])
def test_a_wrong_state_signs_nobody_in(query: str) -> None:
    async def test(pages: Pages) -> None:
        await leave(pages)
        pages.upstream.asked.clear()
        response = await pages.client.get(f"/login/sso/return{query}")
        assert response.status == 200
        assert "/login?problem=sso" in await response.text()
        assert pages.upstream.asked == []

    run(test)


def test_a_state_works_once() -> None:
    async def test(pages: Pages) -> None:
        back = await leave(pages)
        pages.upstream.answers[LOGIN] = (200, {"user_id": USER, "access_token": "t"})
        await pages.client.get(f"{back}&loginToken=once")
        assert "problem=sso" in await (await pages.client.get(f"{back}&loginToken=twice")).text()

    run(test)


def test_a_token_that_the_homeserver_refuses_leads_back_with_a_word_about_it() -> None:
    async def test(pages: Pages) -> None:
        back = await leave(pages)
        pages.upstream.answers[LOGIN] = (403, {"errcode": "M_FORBIDDEN", "error": "Invalid login token"})
        response = await pages.client.get(f"{back}&loginToken=old")
        assert "/login?problem=sso&amp;next=" in await response.text()
        assert (await (await pages.client.get("/api/session")).json())["user_id"] is None

    run(test)


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("/phonebook?q=a", "/phonebook?q=a"),
        ("", "/phonebook"),
        ("https://evil.example", "/phonebook"),
        ("//evil.example", "/phonebook"),
        ("/\\evil.example", "/phonebook"),
        ("/\t/evil.example", "/phonebook"),
        ("javascript:alert(1)", "/phonebook"),
    ],
)
def test_signing_in_leads_to_our_own_pages_only(given: str, safe: str) -> None:
    assert safe_path(given) == safe
