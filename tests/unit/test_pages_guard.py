"""What every answer of the pages' server carries, and which requests it turns away."""

import re

import pytest
from kairan.language import Language
from kairan_bridge.pages.assets import STATIC, load_assets
from kairan_bridge.pages.documents import PAGES, render_all

from tests.unit.pages_server import BASE_URL, OURS, Pages, run

ADDRESSES = ("/login", "/phonebook", "/", "/nothing", "/static/x/y.js", "/api/session", "/api/kairan/me", "/login/sso")


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_answer_says_that_nothing_may_come_from_elsewhere(path: str) -> None:
    async def test(pages: Pages) -> None:
        response = await pages.client.get(path, allow_redirects=False)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
        assert "unsafe" not in policy and "http" not in policy and "*" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "geolocation=()" in response.headers["Permissions-Policy"]

    run(test)


@pytest.mark.parametrize("path", ["/api/session", "/api/kairan/me", "/nothing", "/login/sso"])
def test_what_may_be_personal_is_kept_nowhere(path: str) -> None:
    async def test(pages: Pages) -> None:
        response = await pages.client.get(path, allow_redirects=False)
        assert response.headers["Cache-Control"] == "no-store"

    run(test)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": BASE_URL + ".evil.example"},
        {"Origin": BASE_URL, "Sec-Fetch-Site": "cross-site"},
        {"Origin": BASE_URL, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/session"), ("DELETE", "/api/session"), ("PUT", "/api/kairan/me/settings")]
)
def test_another_site_cannot_change_anything(method: str, path: str, headers: dict[str, str]) -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        sent = {**headers, "Content-Type": "application/json"}
        response = await pages.client.request(method, path, data="{}", headers=sent)
        assert (response.status, (await response.json())["errcode"]) == (403, "M_FORBIDDEN")
        assert pages.upstream.asked == []

    run(test)


@pytest.mark.parametrize(
    "headers", [{"Origin": BASE_URL}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": BASE_URL.upper()}]
)
def test_our_own_page_can(headers: dict[str, str]) -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        sent = {**headers, "Content-Type": "application/json"}
        assert (await pages.client.delete("/api/session", headers=sent)).status == 200

    run(test)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_is_no_way_to_sign_in(content_type: str) -> None:
    async def test(pages: Pages) -> None:
        sent = {**OURS, "Content-Type": content_type}
        response = await pages.client.post("/api/session", data='{"user":"a","password":"b"}', headers=sent)
        assert (response.status, (await response.json())["errcode"]) == (415, "M_NOT_JSON")

    run(test)


def test_a_body_without_end_is_not_read() -> None:
    async def test(pages: Pages) -> None:
        response = await pages.client.post("/api/session", data=b"[" + b"1," * 100_000, headers=OURS)
        assert (response.status, (await response.json())["errcode"]) == (413, "M_TOO_LARGE")

    run(test)


def test_an_address_without_anything_is_told_in_the_standard_form() -> None:
    async def test(pages: Pages) -> None:
        response = await pages.client.get("/wp-admin")
        assert (response.status, (await response.json())["errcode"]) == (404, "M_UNRECOGNIZED")

    run(test)


@pytest.mark.parametrize(("asked", "language"), [("en-US,en;q=0.9", "en"), ("ja", "ja"), ("fr", "ja"), ("", "ja")])
def test_a_document_comes_in_the_browsers_language(asked: str, language: str) -> None:
    async def test(pages: Pages) -> None:
        response = await pages.client.get("/login", headers={"Accept-Language": asked})
        assert f'<html lang="{language}">'.encode() in await response.read()

    run(test)


def test_what_was_chosen_in_this_browser_goes_before_what_it_asks_for() -> None:
    async def test(pages: Pages) -> None:
        headers = {"Accept-Language": "en", "Cookie": "kairan_lang=ja"}
        response = await pages.client.get("/login", headers=headers)
        assert b'<html lang="ja">' in await response.read()

    run(test)


def test_a_document_that_did_not_change_is_not_sent_again() -> None:
    async def test(pages: Pages) -> None:
        first = await pages.client.get("/phonebook")
        again = await pages.client.get("/phonebook", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")

    run(test)


def test_files_are_sent_compressed_and_may_be_kept_for_good() -> None:
    async def test(pages: Pages) -> None:
        url = load_assets().url("vendor/lit/lit-html.js")
        response = await pages.client.get(url, headers={"Accept-Encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert "immutable" in response.headers["Cache-Control"]
        assert await response.read() == (STATIC / "vendor/lit/lit-html.js").read_bytes()

    run(test)


@pytest.mark.parametrize(
    "path",
    ["../pages/app.py", "%2e%2e/pages/app.py", "shared/texts/ja.json", "vendor/lit/LICENSE.lit-html.txt", "x.js"],
)
def test_only_the_files_that_pages_load_are_served(path: str) -> None:
    async def test(pages: Pages) -> None:
        response = await pages.client.get(f"/static/{load_assets().digest}/{path}")
        assert response.status == 404

    run(test)


def test_a_document_names_everything_that_it_will_load_and_nothing_inline() -> None:
    assets = load_assets()
    for (path, _), document in render_all(assets).items():
        html = document.body.decode()
        page = next(page for page in PAGES if page.path == path)
        assert all(assets.url(module) in html for module in assets.imports(page.module))
        assert re.findall(r"<script(?! type=\"(?:module\" src|application/json\"))", html) == []
        assert re.findall(r"<style|\sstyle=|\son\w+=|https?:", html) == []
    assert {language for _, language in render_all(assets)} == set(Language)
