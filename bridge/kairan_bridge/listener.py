"""The HTTP side that Synapse calls: transactions, pings and queries.

Not mautrix's, which keeps the IDs of transactions in memory only and answers 200 although a handler failed.
Spec: https://spec.matrix.org/latest/application-service-api/#homeserver---application-service-api
"""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from kairan_bridge.inbox import Inbox, RawEvent
from kairan_bridge.metrics import TRANSACTIONS

LARGEST = 64 * 1024 * 1024
"""Bytes of the largest body: Synapse sends at most 100 events of at most 64 KiB, and JSON escapes make them longer."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)


class Listener:
    """The routes below `/_matrix/app/v1`.

    Args:
        wake: called when there is something new in the inbox
    """

    def __init__(self, hs_token: str, inbox: Inbox, wake: Callable[[], None]) -> None:
        self._token = hs_token.encode()
        self._inbox = inbox
        self._wake = wake

    def application(self) -> web.Application:
        """A new aiohttp application with the routes."""
        application = web.Application(client_max_size=LARGEST)
        application.router.add_put("/_matrix/app/v1/transactions/{transaction_id}", self._only(self._transaction))
        application.router.add_post("/_matrix/app/v1/ping", self._only(self._ping))
        application.router.add_get("/_matrix/app/v1/users/{user_id}", self._only(self._unknown))
        application.router.add_get("/_matrix/app/v1/rooms/{alias}", self._only(self._unknown))
        return application

    def _only(self, handler: Handler) -> Handler:
        """Let only the homeserver call a handler."""

        async def checked(request: web.Request) -> web.StreamResponse:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if scheme != "Bearer" or not token:
                TRANSACTIONS.labels("unauthorised").inc()
                return _error(401, "M_UNAUTHORIZED", "The hs_token is missing")
            if not hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token):
                TRANSACTIONS.labels("unauthorised").inc()
                log.warning("A call with a wrong hs_token was refused", extra={"address": request.remote})
                return _error(403, "M_FORBIDDEN", "The hs_token is wrong")
            return await handler(request)

        return checked

    async def _transaction(self, request: web.Request) -> web.Response:
        transaction_id = request.match_info["transaction_id"]
        try:
            events = read_events(await request.read())
        except ValueError as error:
            TRANSACTIONS.labels("malformed").inc()
            log.error(
                "A malformed transaction was refused", extra={"transaction_id": transaction_id, "why": str(error)}
            )
            return _error(400, "M_BAD_JSON", str(error))
        try:
            new = await self._inbox.store(transaction_id, events)
        except Exception:
            # Synapse delivers it again until it can be stored.
            TRANSACTIONS.labels("failed").inc()
            log.exception("A transaction could not be stored", extra={"transaction_id": transaction_id})
            return _error(500, "M_UNKNOWN", "The transaction could not be stored")
        TRANSACTIONS.labels("stored" if new else "repeated").inc()
        if new:
            self._wake()
        return web.json_response({})

    async def _ping(self, request: web.Request) -> web.Response:
        return web.json_response({})

    async def _unknown(self, request: web.Request) -> web.Response:
        # The bot registers itself; nobody and nothing else is made when asked for.
        return _error(404, "M_NOT_FOUND", "There is nothing of that name")


def read_events(body: bytes) -> list[RawEvent]:
    """The events of a transaction's body.

    Raises:
        ValueError: it is not what the specification says. The text does not repeat it.
    """
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("The body is not JSON") from None
    events = content.get("events") if isinstance(content, dict) else None
    if not isinstance(events, list):
        raise ValueError("The body has no list of events")
    for event in events:
        if not isinstance(event, dict):
            raise ValueError("An event is not a JSON object")
        if not (isinstance(event.get("event_id"), str) and isinstance(event.get("room_id"), str)):
            raise ValueError("An event lacks its event_id or room_id")
    return events


def _error(status: int, errcode: str, error: str) -> web.Response:
    return web.json_response({"errcode": errcode, "error": error}, status=status)
