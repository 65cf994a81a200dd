"""Setting a password with a link through the pages' server, and whose address the homeserver is told."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from kairan.zones import Zone
from kairan_bridge.pages import PagesSettings
from kairan_bridge.pages.address import client_address
from kairan_bridge.pages.keys import SETTINGS

from tests.unit.pages_server import OURS, SECRET, Pages, run

ACTIVATION = "/_synapse/client/kairan/v1/activation"


def test_token_and_password_go_to_the_face_in_the_body_without_anybodys_session() -> None:
    async def test(pages: Pages) -> None:
        await pages.sign_in()
        pages.upstream.answers["POST", ACTIVATION] = (200, {"user_id": "@1001:osaka.example"})
        body = {"token": "t", "password": "p", "more": "x"}
        async with pages.client.post("/api/activation", json=body, headers=OURS) as response:
            assert (response.status, await response.json()) == (200, {"user_id": "@1001:osaka.example"})
        (asked,) = pages.upstream.asked
        assert (asked.path, asked.token, asked.body) == (ACTIVATION, "", {"token": "t", "password": "p"})
        assert asked.headers["X-Forwarded-For"] == "127.0.0.1"

    run(test)


def test_what_the_homeserver_refuses_comes_through_whole() -> None:
    async def test(pages: Pages) -> None:
        refusal = {"errcode": "JP.KAIRAN.WEAK_PASSWORD", "error": "…", "jp.kairan.faults": ["short"]}
        pages.upstream.answers["POST", ACTIVATION] = (400, refusal)
        body = {"token": "t", "password": "p"}
        async with pages.client.post("/api/activation", json=body, headers=OURS) as response:
            assert (response.status, await response.json()) == (400, refusal)

    run(test)


@pytest.mark.parametrize("body", [{}, {"token": 1, "password": "p"}, {"token": "t"}, []])
def test_nothing_else_is_passed_on(body: object) -> None:
    async def test(pages: Pages) -> None:
        async with pages.client.post("/api/activation", json=body, headers=OURS) as response:
            assert response.status == 400
        assert pages.upstream.asked == []

    run(test)


def test_other_sites_cannot_ask() -> None:
    async def test(pages: Pages) -> None:
        headers = {**OURS, "Origin": "https://elsewhere.example"}
        async with pages.client.post("/api/activation/check", json={"token": "t"}, headers=headers) as response:
            assert response.status == 403

    run(test)


@pytest.mark.parametrize(
    ("believed", "header", "expected"),
    [
        (False, "192.0.2.7", "127.0.0.1"),
        (True, "192.0.2.7", "192.0.2.7"),
        # What a client wrote stands before what the proxy adds.
        (True, "192.0.2.66, 192.0.2.7", "192.0.2.7"),
        (True, "", "127.0.0.1"),
    ],
)
def test_the_proxys_word_is_taken_only_where_there_is_one(believed: bool, header: str, expected: str) -> None:
    app = web.Application()
    app[SETTINGS] = PagesSettings(
        zone=Zone.INTERNET,
        server_name="osaka.example",
        face_url="http://127.0.0.1:1",
        base_url="http://pages.example",
        secret=SECRET,
        x_forwarded=believed,
    )
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": header}, app=app)
    assert client_address(request.clone(remote="127.0.0.1")) == expected


def test_a_sign_in_tells_the_homeserver_the_browsers_address() -> None:
    async def test(pages: Pages) -> None:
        async with pages.client.post("/api/session", json={"user": "1001", "password": "pw"}, headers=OURS) as response:
            assert response.status == 502
        assert pages.upstream.asked[-1].headers["X-Forwarded-For"] == "127.0.0.1"

    run(test)


def test_without_a_homeserver_it_says_so() -> None:
    async def test(pages: Pages) -> None:
        await pages.homeserver.close()
        async with pages.client.post("/api/activation/check", json={"token": "t"}, headers=OURS) as response:
            assert response.status == 502
            assert (await response.json())["errcode"] == "JP.KAIRAN.HOMESERVER_UNREACHABLE"

    run(test)
