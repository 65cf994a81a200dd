"""Which language a browser gets its page in."""

from aiohttp import web
from kairan.language import Language, choose_language

LANGUAGE_COOKIE = "kairan_lang"
"""What was chosen in this browser: before signing in, and a copy of the person's setting afterwards."""


def page_language(request: web.Request) -> Language:
    """As chosen, else as the browser asks, else Japanese."""
    return choose_language(request.headers.get("Accept-Language"), request.cookies.get(LANGUAGE_COOKIE))


def remember_language(response: web.StreamResponse, language: str, *, secure: bool) -> None:
    """Keep the person's setting in the browser, so that the next page comes in it at once."""
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 24 * 60 * 60, secure=secure, samesite="Strict")


def forget_language(response: web.StreamResponse) -> None:
    """Leave the choice to whoever comes next."""
    response.del_cookie(LANGUAGE_COOKIE)
