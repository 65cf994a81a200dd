"""Whose browser asks: the homeserver counts wrong passwords by address, and must not take all people for one."""

from aiohttp import web

from kairan_bridge.pages.keys import SETTINGS


def client_address(request: web.Request) -> str:
    """The address of the browser; of the proxy's word the last, which is the proxy's own."""
    if request.app[SETTINGS].x_forwarded:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded
    return request.remote or ""
