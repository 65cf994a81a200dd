"""What surrounds every request: security headers, same-origin checks, and errors in one form."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from kairan_bridge.pages.errors import (
    FOREIGN_ORIGIN,
    INTERNAL,
    NOT_JSON,
    TOO_LARGE,
    UNKNOWN_PATH,
    WRONG_METHOD,
    PageError,
)
from kairan_bridge.pages.keys import SETTINGS

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        # Only Lit may turn text into markup; a page of ours that did would fail its tests.
        "require-trusted-types-for 'script'",
        "trusted-types lit-html",
    )
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-write=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """The headers of every answer. What did not say how it may be kept is not kept."""
    response.headers.update(SECURITY_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def errors_in_our_form(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every refusal and fault into the standard error object; a fault is logged, never shown."""
    try:
        return await handler(request)
    except PageError as error:
        return error.response()
    except web.HTTPNotFound:
        return UNKNOWN_PATH.response()
    except web.HTTPMethodNotAllowed:
        return WRONG_METHOD.response()
    except web.HTTPRequestEntityTooLarge:
        return TOO_LARGE.response()
    except web.HTTPException:
        raise
    except Exception:
        logger.exception("%s %s failed", request.method, request.path)
        return INTERNAL.response()


@web.middleware
async def same_origin_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a request that changes something unless our own page sent it, as JSON.

    `Sec-Fetch-Site` cannot be set by a page; browsers send it to HTTPS and to loopback only, so elsewhere
    `Origin`, which they add to every such request, has to be ours.
    """
    if request.method not in SAFE_METHODS:
        site = request.headers.get("Sec-Fetch-Site")
        ours = request.headers.get("Origin", "").lower() == request.app[SETTINGS].origin
        if site not in (None, "same-origin") or not (ours or site == "same-origin"):
            raise FOREIGN_ORIGIN
        if request.content_type != "application/json":
            raise NOT_JSON
    return await handler(request)
