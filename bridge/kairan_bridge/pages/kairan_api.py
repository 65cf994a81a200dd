"""`/api/kairan`: the calls of the modules' REST API (docs/rest.md) that pages may make, and no others."""

from aiohttp import web
from attrs import field, frozen
from kairan.language import Language

from kairan_bridge.pages.address import client_address
from kairan_bridge.pages.errors import NOT_SIGNED_IN
from kairan_bridge.pages.guard import Handler
from kairan_bridge.pages.homeserver import KAIRAN, Answer, segment
from kairan_bridge.pages.keys import COOKIE, FACE, SETTINGS
from kairan_bridge.pages.language import page_language, remember_language
from kairan_bridge.pages.session import Session
from kairan_bridge.pages.session_api import read_body

PAGING = ("limit", "from")


@frozen
class Forwarded:
    """One call: its path below `/api/kairan` and the homeserver's, and the query parameters that go along."""

    method: str
    path: str
    query: tuple[str, ...] = field(default=())


FORWARDED = (
    Forwarded("GET", "/me"),
    Forwarded("PUT", "/me/settings"),
    Forwarded("GET", "/organizations", PAGING),
    Forwarded("GET", "/organizations/{key}"),
    Forwarded("GET", "/organizations/{key}/people", ("section", *PAGING)),
    Forwarded("GET", "/phonebook", ("q", "organization", "section", *PAGING)),
    Forwarded("GET", "/people/{user_id}"),
    Forwarded("GET", "/devices", PAGING),
    Forwarded("DELETE", "/devices/{id}"),
    Forwarded("POST", "/devices/lost"),
    Forwarded("POST", "/devices/{id}/certify"),
    Forwarded("POST", "/devices/requests/{number}/approve"),
    Forwarded("POST", "/devices/requests/{number}/deny"),
    Forwarded("GET", "/organizations/{key}/devices", PAGING),
    Forwarded("DELETE", "/organizations/{key}/devices/{user_id}/{id}"),
    Forwarded("POST", "/organizations/{key}/devices/requests/{number}/approve"),
    Forwarded("POST", "/organizations/{key}/devices/requests/{number}/deny"),
)


def routes() -> list[web.RouteDef]:
    """A route for each."""
    return [web.route(call.method, f"/api/kairan{call.path}", _handler(call)) for call in FORWARDED]


def _handler(call: Forwarded) -> Handler:
    async def forward(request: web.Request) -> web.StreamResponse:
        session = request.app[COOKIE].read(request)
        if session is None:
            raise NOT_SIGNED_IN
        named = {name: segment(value) for name, value in request.match_info.items()}
        answer = await request.app[FACE].call(
            call.method,
            KAIRAN + call.path.format_map(named),
            token=session.token,
            language=page_language(request),
            query={name: request.query[name] for name in call.query if name in request.query},
            body=await read_body(request) if call.method == "PUT" else None,
            address=client_address(request),
        )
        if call.path == "/me" and answer.status == 200:
            answer = await _with_chosen_language(request, session, answer)
        response = web.json_response(answer.body, status=answer.status)
        response.enable_compression()
        if answer.status == 401 and answer.body.get("errcode") == "M_UNKNOWN_TOKEN":
            request.app[COOKIE].clear(response)
        if call.path == "/me/settings" and answer.body.get("language") in set(Language):
            remember_language(response, answer.body["language"], secure=request.app[SETTINGS].secure)
        return response

    return forward


async def _with_chosen_language(request: web.Request, session: Session, me: Answer) -> Answer:
    """`/me` with the page's own language for a person who never chose one: there it always says Japanese."""
    language = page_language(request)
    if me.body.get("language") == language:
        return me
    path = f"/_matrix/client/v3/user/{segment(session.user_id)}/account_data/jp.kairan.settings"
    setting = await request.app[FACE].call("GET", path, token=session.token)
    return me if setting.status == 200 else Answer(me.status, {**me.body, "language": language})
