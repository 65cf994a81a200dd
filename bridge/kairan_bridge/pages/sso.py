"""Signing in by the homeserver's single sign-on (`m.login.sso`).

https://spec.matrix.org/latest/client-server-api/#sso-client-login-authentication
"""

import secrets
from html import escape
from urllib.parse import quote, urlencode

from aiohttp import web

from kairan_bridge.pages.address import client_address
from kairan_bridge.pages.homeserver import segment
from kairan_bridge.pages.keys import COOKIE, FACE, SETTINGS
from kairan_bridge.pages.sealing import Seal
from kairan_bridge.pages.session_api import session_of
from kairan_bridge.pages.settings import PagesSettings

STATE_SECONDS = 10 * 60
"""How long one may take at the identity provider."""


def safe_path(path: str) -> str:
    """Where to go after signing in: a path of ours, the phone book for anything else."""
    harmless = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if harmless else "/phonebook"


def _seal(settings: PagesSettings) -> Seal:
    return Seal(settings.secret, f"sso {settings.zone.value}", STATE_SECONDS)


def _state_cookie(request: web.Request) -> str:
    return f"{request.app[COOKIE].name}_sso"


async def leave(request: web.Request) -> web.StreamResponse:
    """`GET /login/sso?next=&idp=`: off to the homeserver, with a state that only this browser can bring back."""
    settings = request.app[SETTINGS]
    state = secrets.token_urlsafe(24)
    target = f"{settings.base_url}/login/sso/return?{urlencode({'state': state})}"
    provider = request.query.get("idp")
    path = "/_matrix/client/v3/login/sso/redirect" + (f"/{segment(provider)}" if provider else "")
    url = f"{await request.app[FACE].public_url()}{path}?{urlencode({'redirectUrl': target})}"
    response = web.Response(status=302, headers={"Location": url})
    response.set_cookie(
        _state_cookie(request),
        _seal(settings).close({"state": state, "next": safe_path(request.query.get("next", ""))}),
        max_age=STATE_SECONDS,
        httponly=True,
        secure=settings.secure,
        # Strict would be withheld on the way back, which begins at another site.
        samesite="Lax",
    )
    return response


async def come_back(request: web.Request) -> web.StreamResponse:
    """`GET /login/sso/return?state=&loginToken=`: sign in with the token, if this browser asked for it."""
    kept = _seal(request.app[SETTINGS]).open(request.cookies.get(_state_cookie(request), "")) or {}
    given = request.query.get("state", "")
    if not secrets.compare_digest(given.encode(), str(kept.get("state", "")).encode()) or not given:
        return _onward(request, "/login?problem=sso")
    credentials = {"type": "m.login.token", "token": request.query.get("loginToken", "")}
    answer = await request.app[FACE].login(credentials, client_address(request))
    if answer.status != 200:
        return _onward(request, f"/login?problem=sso&next={quote(kept['next'])}")
    response = _onward(request, kept["next"])
    request.app[COOKIE].write(response, session_of(answer))
    return response


def _onward(request: web.Request, path: str) -> web.Response:
    """A document that goes on by itself: a redirect would still count as coming from the other site, and
    the browser would withhold the session's cookie from the page it leads to."""
    link = escape(path, quote=True)
    html = f"""<!doctype html>
<html lang="ja">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0;url={link}">
<title>Kairan</title>
<p><a href="{link}">次へ進む / Continue</a></p>
</html>
"""
    response = web.Response(text=html, content_type="text/html")
    settings = request.app[SETTINGS]
    response.del_cookie(_state_cookie(request), httponly=True, secure=settings.secure, samesite="Lax")
    return response
