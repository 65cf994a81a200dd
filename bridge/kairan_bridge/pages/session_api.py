"""`/api/session`: who is signed in, signing in with a password, signing out."""

import json
from typing import Any

from aiohttp import web

from kairan_bridge.pages.address import client_address
from kairan_bridge.pages.errors import BAD_JSON, HOMESERVER_UNREACHABLE, PageError
from kairan_bridge.pages.homeserver import Answer
from kairan_bridge.pages.keys import COOKIE, FACE, SETTINGS
from kairan_bridge.pages.language import forget_language, page_language
from kairan_bridge.pages.session import Session


async def read_body(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        PageError: `BAD_JSON`.
    """
    try:
        body = await request.json()
    except (ValueError, json.JSONDecodeError) as error:
        raise BAD_JSON from error
    if not isinstance(body, dict):
        raise BAD_JSON
    return body


async def show(request: web.Request) -> web.StreamResponse:
    """Who is signed in; where nobody is, how one may sign in here."""
    settings = request.app[SETTINGS]
    about: dict[str, Any] = {
        "language": page_language(request),
        "server_name": settings.server_name,
        "zone": settings.zone.value,
    }
    session = request.app[COOKIE].read(request)
    if session is not None:
        return web.json_response({**about, "user_id": session.user_id})
    flows = await request.app[FACE].login_flows()
    return web.json_response({**about, "user_id": None, "flows": flows})


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Sign in with `{"user", "password"}`; the homeserver's refusals come through as they are."""
    body = await read_body(request)
    user, password = body.get("user"), body.get("password")
    if not isinstance(user, str) or not isinstance(password, str):
        raise BAD_JSON
    answer = await request.app[FACE].login(
        {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user}, "password": password},
        client_address(request),
    )
    if answer.status != 200:
        return web.json_response(answer.body, status=answer.status)
    session = session_of(answer)
    response = web.json_response({"user_id": session.user_id})
    request.app[COOKIE].write(response, session)
    return response


def session_of(answer: Answer) -> Session:
    """The session that a login answered with.

    Raises:
        PageError: `HOMESERVER_UNREACHABLE` for an answer without user or token.
    """
    user_id, token = answer.body.get("user_id"), answer.body.get("access_token")
    if not isinstance(user_id, str) or not isinstance(token, str):
        raise HOMESERVER_UNREACHABLE
    return Session(user_id=user_id, token=token)


async def sign_out(request: web.Request) -> web.StreamResponse:
    """Sign out here, and end the token. The cookie goes even where the homeserver cannot be told."""
    session = request.app[COOKIE].read(request)
    response = web.json_response({})
    if session is not None:
        try:
            await request.app[FACE].logout(session.token)
        except PageError as error:
            response = error.response()
    request.app[COOKIE].clear(response)
    forget_language(response)
    return response
