"""Puts the pages of one zone together."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aiohttp import web
from kairan.zones import Zone

from kairan_bridge.pages import activation, kairan_api, session_api, sso
from kairan_bridge.pages.assets import load_assets
from kairan_bridge.pages.documents import PAGES, render_all
from kairan_bridge.pages.frames import DOCUMENTS, asset, document, front_door
from kairan_bridge.pages.guard import add_headers, errors_in_our_form, same_origin_only
from kairan_bridge.pages.homeserver import Face
from kairan_bridge.pages.keys import ASSETS, COOKIE, FACE, SETTINGS
from kairan_bridge.pages.session import SessionCookie
from kairan_bridge.pages.settings import PagesSettings

if TYPE_CHECKING:
    from kairan_bridge.config import Config

MAX_BODY = 16 * 1024
"""The largest body that is read, in bytes: a name and a password, or one setting."""


def make_app(config: "Config", zone: str) -> web.Application:
    """The pages of `zone`, one of `config.web`."""
    return build_app(
        PagesSettings(
            zone=Zone(zone),
            server_name=config.homeserver.server_name,
            face_url=config.homeserver.zones[zone],
            base_url=config.web[zone].base_url,
            secret=config.secret,
            x_forwarded=config.web[zone].x_forwarded,
        )
    )


def build_app(settings: PagesSettings) -> web.Application:
    """The pages with these settings."""
    app = web.Application(middlewares=[errors_in_our_form, same_origin_only], client_max_size=MAX_BODY)
    app[SETTINGS] = settings
    app[COOKIE] = SessionCookie(settings)
    app[FACE] = Face(settings.face_url)
    app[ASSETS] = load_assets()
    app[DOCUMENTS] = render_all(app[ASSETS])
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(_connection_pool)
    app.add_routes(
        [
            web.get("/", front_door),
            *(web.get(page.path, document) for page in PAGES),
            web.get("/static/{digest}/{path:.+}", asset),
            web.get("/login/sso", sso.leave),
            web.get("/login/sso/return", sso.come_back),
            web.get("/api/session", session_api.show),
            web.post("/api/session", session_api.sign_in),
            web.delete("/api/session", session_api.sign_out),
            *activation.routes(),
            *kairan_api.routes(),
        ]
    )
    return app


async def _connection_pool(app: web.Application) -> AsyncIterator[None]:
    await app[FACE].start()
    yield
    await app[FACE].stop()
