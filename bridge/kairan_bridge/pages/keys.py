"""What handlers find in the application."""

from aiohttp import web

from kairan_bridge.pages.assets import Assets
from kairan_bridge.pages.homeserver import Face
from kairan_bridge.pages.session import SessionCookie
from kairan_bridge.pages.settings import PagesSettings

SETTINGS = web.AppKey("settings", PagesSettings)
COOKIE = web.AppKey("cookie", SessionCookie)
FACE = web.AppKey("face", Face)
ASSETS = web.AppKey("assets", Assets)
