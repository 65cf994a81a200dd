"""The signed-in person: an access token that only a sealed cookie keeps.

The bridge stores no token. The cookie is sealed for one zone, so that the cookie of one network's pages
is of no use on another's.
"""

import hashlib

from aiohttp import web
from attrs import frozen

from kairan_bridge.pages.sealing import Seal
from kairan_bridge.pages.settings import PagesSettings

DEVICE_NAME = "Kairan ページ"
"""How this sign-in shows in the person's list of devices."""


@frozen
class Session:
    """Who is signed in here, and the token to act for them."""

    user_id: str
    token: str


class SessionCookie:
    """Reads and writes the cookie that holds a `Session`."""

    def __init__(self, settings: PagesSettings) -> None:
        self._seal = Seal(settings.secret, f"session {settings.zone.value}", settings.session_seconds)
        self._secure = settings.secure
        # Cookies know no ports: two zones, or two servers, on one host must not share a name.
        tag = hashlib.sha256(f"{settings.server_name} {settings.zone.value}".encode()).hexdigest()[:8]
        self.name = f"{'__Host-' if settings.secure else ''}kairan_{tag}"

    def read(self, request: web.Request) -> Session | None:
        """The session of a request, None where there is none that opens."""
        opened = self._seal.open(request.cookies.get(self.name, ""))
        if opened is None:
            return None
        return Session(user_id=opened["user_id"], token=opened["token"])

    def write(self, response: web.StreamResponse, session: Session) -> None:
        """Keep the session in the browser, for as long as it may last."""
        response.set_cookie(
            self.name,
            self._seal.close({"user_id": session.user_id, "token": session.token}),
            max_age=self._seal.seconds,
            httponly=True,
            secure=self._secure,
            samesite="Strict",
        )

    def clear(self, response: web.StreamResponse) -> None:
        """Forget the session in the browser."""
        response.del_cookie(self.name, httponly=True, secure=self._secure, samesite="Strict")
