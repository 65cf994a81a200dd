"""What the bot does on its homeserver, through mautrix's application service client.

Every effect has a transaction ID made from what caused it, and is sent as the bot's device `KAIRAN`: Synapse
keeps transaction IDs of devices in its database for 24 hours (those of application services without a device
only in memory), so a repeat sends nothing twice, also if both processes were killed in between.
"""

import hashlib
import logging
import time
from typing import Any

import aiohttp
from mautrix.api import MediaPath, Method, Path, PathBuilder
from mautrix.appservice import AppServiceAPI
from mautrix.errors import MatrixConnectionError, MatrixRequestError
from mautrix.types import UserID

from kairan_bridge.config import Config
from kairan_bridge.metrics import SENT

DEVICE = "KAIRAN"
"""The bot's device."""

REPEATABLE = 23 * 3600
"""Seconds after an event for which effects that it caused are not sent twice: Synapse's 24 hours, less a reserve."""

_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=5)
_KAIRAN = PathBuilder("_synapse/client/kairan").v1

log = logging.getLogger(__name__)


class TemporaryError(Exception):
    """The homeserver could not be reached, or failed, or asks to slow down: the same may work later."""


class RefusedError(Exception):
    """The homeserver understood and refused: the same will be refused again."""

    def __init__(self, status: int, errcode: str) -> None:
        super().__init__(f"{status} {errcode}")
        self.status = status
        self.errcode = errcode


def transaction_id(cause: str, step: str) -> str:
    """The transaction ID of one effect.

    Args:
        cause: the ID of the event that made us do it
        step: what tells the effects of one cause apart, such as `reply`
    """
    return "kairan-" + hashlib.sha256(f"{cause}\n{step}".encode()).hexdigest()[:32]


def too_old(sent_at: int) -> bool:
    """Whether an event, by its `origin_server_ts`, is too old for its effects to be sent but once."""
    return time.time() * 1000 - sent_at > REPEATABLE * 1000


class Homeserver:
    """The homeserver as the bot sees it, by the internal listener.

    All methods raise `TemporaryError` or `RefusedError`.
    """

    def __init__(self, config: Config, session: aiohttp.ClientSession) -> None:
        self.bot = config.bot
        self.name = config.homeserver.server_name
        self._service = config.appservice.id
        self._localpart = config.appservice.bot
        self._api = AppServiceAPI(
            base_url=config.homeserver.internal_url,
            bot_mxid=UserID(config.bot),
            token=config.appservice.as_token,
            log=logging.getLogger("mau.as"),  # type: ignore[arg-type]
            client_session=session,
        )

    @staticmethod
    def new_session() -> aiohttp.ClientSession:
        """A session for `__init__`, which the caller closes."""
        return aiohttp.ClientSession(timeout=_TIMEOUT)

    # The bot's account

    async def register_bot(self) -> None:
        """Make the bot's account and device unless they are there."""
        body = {"type": "m.login.application_service", "username": self._localpart, "inhibit_login": True}
        try:
            await self._request(Method.POST, Path.v3.register, body)
        except RefusedError as refusal:
            if refusal.errcode != "M_USER_IN_USE":
                raise
        await self._make_device()

    async def profile(self) -> dict[str, Any]:
        """The bot's profile; empty if it has none."""
        try:
            return await self._request(Method.GET, Path.v3.profile[self.bot])
        except RefusedError as refusal:
            if refusal.status != 404:
                raise
            return {}

    async def set_profile(self, field: str, value: str) -> None:
        """Set `displayname` or `avatar_url` of the bot."""
        await self._request(Method.PUT, Path.v3.profile[self.bot][field], {field: value})

    async def upload(self, data: bytes, content_type: str) -> str:
        """Upload a file, and return its `mxc:` URL."""
        answer = await self._request(Method.POST, MediaPath.v3.upload, data, {"Content-Type": content_type})
        return str(answer["content_uri"])

    async def account_data(self, kind: str) -> dict[str, Any]:
        """The bot's account data of a type; empty if it has none."""
        try:
            return await self._request(Method.GET, Path.v3.user[self.bot].account_data[kind])
        except RefusedError as refusal:
            if refusal.status != 404:
                raise
            return {}

    async def set_account_data(self, kind: str, content: dict[str, Any]) -> None:
        """Replace the bot's account data of a type."""
        await self._request(Method.PUT, Path.v3.user[self.bot].account_data[kind], content)

    # Rooms

    async def join(self, room_id: str) -> None:
        """Accept an invite."""
        await self._request(Method.POST, Path.v3.rooms[room_id].join)

    async def leave(self, room_id: str, reason: str) -> None:
        """Leave a room, or reject an invite to it. `reason` is seen by the people in it."""
        await self._request(Method.POST, Path.v3.rooms[room_id].leave, {"reason": reason})

    async def membership(self, room_id: str, user_id: str) -> str:
        """Somebody's membership of a room that the bot is in; empty for none, or where the bot cannot look."""
        try:
            answer = await self._request(Method.GET, Path.v3.rooms[room_id].state["m.room.member"][user_id])
        except RefusedError as refusal:
            if refusal.status not in (403, 404):
                raise
            return ""
        return str(answer.get("membership"))

    async def create_direct(self, user_id: str) -> str:
        """Make a direct chat with somebody, and return its room ID."""
        body = {"invite": [user_id], "is_direct": True, "preset": "trusted_private_chat"}
        answer = await self._request(Method.POST, Path.v3.createRoom, body)
        return str(answer["room_id"])

    async def room_summary(self, room_id: str) -> dict[str, Any]:
        """Name, alias, number of members and so on of a room (MSC3266)."""
        return await self._request(Method.GET, Path.v1.room_summary[room_id])

    async def send(self, room_id: str, content: dict[str, Any], *, cause: str, step: str) -> str:
        """Send an `m.room.message`, and return its event ID. The same cause and step send it once."""
        path = Path.v3.rooms[room_id].send["m.room.message"][transaction_id(cause, step)]
        device = {"device_id": DEVICE}
        try:
            answer = await self._request(Method.PUT, path, content, query=device)
        except RefusedError as refusal:
            if refusal.errcode != "M_UNKNOWN_DEVICE":
                raise
            # An administrator has deleted it, or the homeserver's clean-up of unused devices.
            await self._make_device()
            answer = await self._request(Method.PUT, path, content, query=device)
        SENT.inc()
        return str(answer["event_id"])

    # The modules' service API (docs/rest.md)

    async def service_person(self, user_id: str) -> dict[str, Any]:
        """What the modules know about a person."""
        return await self._request(Method.GET, _KAIRAN.service.people[user_id])

    async def service_settings(self, user_id: str, settings: dict[str, Any]) -> None:
        """Change a person's settings."""
        await self._request(Method.PUT, _KAIRAN.service.people[user_id].settings, settings)

    async def service(self, method: str, *path: str) -> dict[str, Any]:
        """Any call of it without a body; `path` is what follows `service/`, not yet percent-encoded."""
        builder = _KAIRAN.service
        for step in path:
            builder = builder[step]
        return await self._request(Method(method), builder)

    # Health

    async def versions(self) -> None:
        """Return if the homeserver answers at all."""
        await self._request(Method.GET, Path.versions)

    async def ping(self) -> None:
        """Let the homeserver call the bridge back.

        It also makes Synapse deliver at once what it holds back: after failures it waits ever longer, up to 8 minutes.
        """
        await self._request(Method.POST, Path.v1.appservice[self._service].ping)

    async def _make_device(self) -> None:
        await self._request(Method.PUT, Path.v3.devices[DEVICE], {"display_name": "Kairan"})

    async def _request(
        self,
        method: Method,
        path: PathBuilder,
        content: dict[str, Any] | bytes | None = None,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        try:
            answer = await self._api.request(method, path, content, headers=headers, query_params=query)
        except (MatrixConnectionError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TemporaryError(type(error).__name__) from error
        except MatrixRequestError as error:
            if error.http_status >= 500 or error.http_status == 429:
                raise TemporaryError(f"{error.http_status} {error.errcode}") from error
            raise RefusedError(error.http_status, error.errcode or "") from error
        if not isinstance(answer, dict):
            raise TemporaryError("the answer is no JSON object")
        return answer
