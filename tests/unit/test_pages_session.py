"""Signing in and out through the pages' server: what the browser keeps, and what the homeserver is asked."""

import asyncio
import time
from http.cookies import Morsel

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from kairan.zones import Zone
from kairan_bridge.pages.sealing import Seal
from kairan_bridge.pages.session import Session, SessionCookie
from kairan_bridge.pages.settings import PagesSettings

from tests.unit.pages_server import OURS, SECRET, USER, Pages, run

LOGIN = ("POST", "/_matrix/client/v3/login")


def settings(zone: Zone = Zone.LGWAN, base_url: str = "http://pages.example", secret: str = SECRET) -> PagesSettings:
    return PagesSettings(
        zone=zone, server_name="osaka.example", face_url="http://127.0.0.1:1", base_url=base_url, secret=secret
    )


def written(made_by: PagesSettings) -> "Morsel[str]":
    cookie, response = SessionCookie(made_by), web.Response()
    cookie.write(response, Session(USER, "secret-token"))
    return response.cookies[cookie.name]


def read(by: PagesSettings, value: str) -> Session | None:
    cookie = SessionCookie(by)
    return cookie.read(make_mocked_request("GET", "/", headers={"Cookie": f"{cookie.name}={value}"}))


def test_a_sealed_value_opens_again() -> None:
    seal = Seal(SECRET, "a purpose", 60)
    assert seal.open(seal.close({"a": "あ"})) == {"a": "あ"}


def test_a_sealed_value_does_not_open_once_it_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    seal = Seal(SECRET, "a purpose", 60)
    sealed = seal.close({"a": 1})
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 61)
    assert seal.open(sealed) is None


def test_a_seal_does_not_open_what_another_purpose_or_secret_sealed() -> None:
    sealed = Seal(SECRET, "session lgwan", 60).close({"a": 1})
    assert Seal(SECRET, "session internet", 60).open(sealed) is None
    assert Seal(SECRET + "!", "session lgwan", 60).open(sealed) is None


@pytest.mark.parametrize("text", ["", "x", "あ", "gAAAAA", "%00"])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    assert Seal(SECRET, "a purpose", 60).open(text) is None


def test_the_cookie_of_one_zone_is_no_session_in_another() -> None:
    value = written(settings(Zone.LGWAN)).value
    assert read(settings(Zone.LGWAN), value) == Session(USER, "secret-token")
    assert read(settings(Zone.INTERNET), value) is None


def test_the_cookie_does_not_show_the_token() -> None:
    assert "secret-token" not in written(settings()).value


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    morsel = written(settings())
    assert morsel["httponly"] and morsel["samesite"] == "Strict" and morsel["path"] == "/"
    assert int(morsel["max-age"]) == 12 * 60 * 60
    assert not morsel["secure"]


def test_behind_https_the_cookie_insists_on_it() -> None:
    morsel = written(settings(base_url="https://pages.example/"))
    assert morsel["secure"] and morsel.key.startswith("__Host-")


def test_two_zones_on_one_host_do_not_overwrite_each_others_cookies() -> None:
    assert SessionCookie(settings(Zone.LGWAN)).name != SessionCookie(settings(Zone.INTERNET)).name


def test_pages_below_a_path_are_refused_at_start() -> None:
    with pytest.raises(ValueError, match="root of their host"):
        settings(base_url="https://example.jp/kairan/")


def test_a_short_secret_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="secret"):
        settings(secret="short")


def test_signing_in_names_the_pages_as_device() -> None:
    async def test(pages: Pages) -> None:
        pages.upstream.answers[LOGIN] = (200, {"user_id": USER, "access_token": "t"})
        body = {"user": "1001", "password": "pw"}
        response = await pages.client.post("/api/session", json=body, headers=OURS)
        assert await response.json() == {"user_id": USER}
        assert pages.upstream.asked[0].body == {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": "1001"},
            "password": "pw",
            "initial_device_display_name": "Kairan ページ",
        }

    run(test)


def test_a_refused_password_comes_through_and_leaves_no_cookie() -> None:
    async def test(pages: Pages) -> None:
        refusal = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 1200}
        pages.upstream.answers[LOGIN] = (429, refusal)
        response = await pages.client.post("/api/session", json={"user": "a", "password": "b"}, headers=OURS)
        assert (response.status, await response.json()) == (429, refusal)
        assert not response.cookies

    run(test)


@pytest.mark.parametrize("body", ["", "[]", "1", '{"user": "a"}', '{"user": 1, "password": "x"}', "{", '"x"'])
def test_a_sign_in_that_is_none_is_a_bad_request_and_asks_nobody(body: str) -> None:
    async def test(pages: Pages) -> None:
        response = await pages.client.post("/api/session", data=body, headers=OURS)
        assert response.status == 400
        assert (await response.json())["errcode"] == "M_BAD_JSON"
        assert pages.upstream.asked == []

    run(test)


def test_without_a_session_one_is_told_how_to_sign_in_here() -> None:
    async def test(pages: Pages) -> None:
        flows = [{"type": "m.login.password"}, {"type": "m.login.sso", "identity_providers": []}]
        pages.upstream.answers["GET", "/_matrix/client/v3/login"] = (200, {"flows": flows})
        response = await pages.client.get("/api/session", headers={"Accept-Language": "en"})
        assert await response.json() == {
            "user_id": None,
            "language": "en",
            "server_name": "osaka.example",
            "zone": "lgwan",
            "flows": flows,
        }

    run(test)


def test_a_session_says_who_is_signed_in_without_asking_the_homeserver() -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        response = await pages.client.get("/api/session")
        assert (await response.json())["user_id"] == USER
        assert pages.upstream.asked == []

    run(test)


def test_signing_out_ends_the_token_and_the_cookie() -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        assert (await pages.client.delete("/api/session", headers=OURS)).status == 200
        assert [(a.path, a.token) for a in pages.upstream.asked] == [("/_matrix/client/v3/logout", "secret-token")]
        assert (await (await pages.client.get("/api/kairan/me")).json())["errcode"] == "M_MISSING_TOKEN"

    run(test)


def test_signing_out_forgets_the_session_even_when_the_homeserver_is_gone() -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        await pages.homeserver.close()
        response = await pages.client.delete("/api/session", headers=OURS)
        assert (await response.json())["errcode"] == "JP.KAIRAN.HOMESERVER_UNREACHABLE"
        assert (await pages.client.get("/api/kairan/me")).status == 401

    run(test)


def test_two_people_do_not_get_each_others_session() -> None:
    async def test(pages: Pages) -> None:
        names = {"1001": "first", "1002": "second"}

        async def cookies_of(user: str) -> dict[str, str]:
            pages.upstream.answers[LOGIN] = (200, {"user_id": f"@{user}:osaka.example", "access_token": names[user]})
            body = {"user": user, "password": "pw"}
            response = await pages.client.post("/api/session", json=body, headers=OURS)
            pages.client.session.cookie_jar.clear()
            return {name: morsel.value for name, morsel in response.cookies.items()}

        first, second = await cookies_of("1001"), await cookies_of("1002")
        pages.upstream.asked.clear()
        await asyncio.gather(
            *(
                pages.client.get("/api/kairan/phonebook", params={"q": q}, cookies=c)
                for q, c in (("a", first), ("b", second))
            )
        )
        assert {(a.path[-1], a.token) for a in pages.upstream.asked} == {("a", "first"), ("b", "second")}

    run(test)
