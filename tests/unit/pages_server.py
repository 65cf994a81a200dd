"""The pages' server with a homeserver that answers as told, for tests of what passes between the two."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestClient, TestServer
from attrs import define, field, frozen
from kairan.zones import Zone
from kairan_bridge.pages import PagesSettings, build_app

T = TypeVar("T")

SECRET = "a secret of more than thirty-two characters"
BASE_URL = "http://pages.example"
OURS = {"Origin": BASE_URL, "Content-Type": "application/json"}
USER = "@1001:osaka.example"


@frozen
class Asked:
    """A request that reached the homeserver."""

    method: str
    path: str
    token: str
    body: Any
    headers: dict[str, str]


@define
class Upstream:
    """Answers by method and path without query; `{}` for what it was not told."""

    answers: dict[tuple[str, str], tuple[int, Any]] = field(factory=dict)
    asked: list[Asked] = field(factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Write down what came and answer."""
        text = await request.text()
        self.asked.append(
            Asked(
                request.method,
                request.raw_path,
                request.headers.get("Authorization", "").removeprefix("Bearer "),
                json.loads(text) if text else None,
                dict(request.headers),
            )
        )
        status, body = self.answers.get((request.method, request.raw_path.partition("?")[0]), (200, {}))
        if isinstance(body, str):
            return web.Response(status=status, text=body, content_type="text/html")
        return web.json_response(body, status=status)


@frozen
class Pages:
    """The server to ask, and what stands behind it."""

    client: "TestClient[web.Request, web.Application]"
    upstream: Upstream
    homeserver: BaseTestServer

    async def sign_in(self) -> None:
        """Sign in as `USER` with the token `secret-token`."""
        self.upstream.answers["POST", "/_matrix/client/v3/login"] = (
            200,
            {"user_id": USER, "access_token": "secret-token", "device_id": "D"},
        )
        body = {"user": "1001", "password": "pw"}
        async with self.client.post("/api/session", json=body, headers=OURS) as response:
            assert response.status == 200, await response.text()
        self.upstream.asked.clear()


@asynccontextmanager
async def pages(*, zone: Zone = Zone.LGWAN, base_url: str = BASE_URL) -> AsyncIterator[Pages]:
    """Both servers, on loopback."""
    upstream = Upstream()
    homeserver_app = web.Application()
    homeserver_app.router.add_route("*", "/{path:.*}", upstream.handle)
    async with TestServer(homeserver_app) as homeserver:
        settings = PagesSettings(
            zone=zone,
            server_name="osaka.example",
            face_url=str(homeserver.make_url("/")),
            base_url=base_url,
            secret=SECRET,
        )
        jar = aiohttp.CookieJar(unsafe=True)
        async with TestClient(TestServer(build_app(settings)), cookie_jar=jar) as client:
            yield Pages(client, upstream, homeserver)


def run(test: Callable[[Pages], Awaitable[T]], *, zone: Zone = Zone.LGWAN, base_url: str = BASE_URL) -> T:
    """Run a test with servers of its own."""

    async def running() -> T:
        async with pages(zone=zone, base_url=base_url) as opened:
            return await test(opened)

    return asyncio.run(running())
