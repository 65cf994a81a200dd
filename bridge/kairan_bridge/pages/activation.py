"""`/api/activation`: setting a password with a link (docs/sign-in.md). Nobody is signed in for it, or by it."""

from aiohttp import web

from kairan_bridge.pages.address import client_address
from kairan_bridge.pages.errors import BAD_JSON
from kairan_bridge.pages.guard import Handler
from kairan_bridge.pages.homeserver import KAIRAN
from kairan_bridge.pages.keys import FACE
from kairan_bridge.pages.language import page_language
from kairan_bridge.pages.session_api import read_body


def routes() -> list[web.RouteDef]:
    """What the page asks."""
    return [
        web.post("/api/activation/check", _forward("/activation/check", "token")),
        web.post("/api/activation", _forward("/activation", "token", "password")),
    ]


def _forward(path: str, *fields: str) -> Handler:
    async def forward(request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        given = {name: body.get(name) for name in fields}
        if not all(isinstance(value, str) for value in given.values()):
            raise BAD_JSON
        answer = await request.app[FACE].call(
            "POST", KAIRAN + path, body=given, language=page_language(request), address=client_address(request)
        )
        return web.json_response(answer.body, status=answer.status)

    return forward
