"""`/health` and `/metrics`: whether the bridge does its work, and in a sentence what keeps it from it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web
from mautrix.util.async_db import Database

from kairan_bridge.homeserver import Homeserver, RefusedError, TemporaryError
from kairan_bridge.inbox import Inbox
from kairan_bridge.metrics import DEPTH, OLDEST, exposition

FRESH: Final = 5.0
"""Seconds for which a result is given again: anybody may ask, and each look calls the homeserver."""

LATE: Final = 60.0
"""Seconds after which an event that still waits is a fault."""

_PATIENCE = 10.0

Check = Callable[[], Awaitable[dict[str, Any]]]


class FaultError(Exception):
    """A check failed. The text is a sentence for operators."""

    def __init__(self, sentence: str, **values: Any) -> None:
        super().__init__(sentence)
        self.values = values


class Health:
    """Looks at what the bridge needs. None of the results holds a secret."""

    def __init__(self, database: Database, inbox: Inbox, homeserver: Homeserver) -> None:
        self._database = database
        self._inbox = inbox
        self._homeserver = homeserver
        self._lock = asyncio.Lock()
        self._looked_at = float("-inf")
        self._report: dict[str, Any] = {}
        self.bot_ready = False
        """Set when the bot's account is there."""

    async def report(self) -> dict[str, Any]:
        """`{"status": "ok" or "degraded", "checks": {name: {"ok", "error"?, …}}}`."""
        async with self._lock:
            loop = asyncio.get_running_loop()
            if loop.time() - self._looked_at > FRESH:
                checks: dict[str, Check] = {
                    "homeserver": self._homeserver_answers,
                    "application_service": self._reachable,
                    "modules": self._modules_answer,
                    "database": self._database_answers,
                    "inbox": self._inbox_moves,
                }
                results = await asyncio.gather(*(_look(check) for check in checks.values()))
                status = "ok" if all(result["ok"] for result in results) else "degraded"
                self._report = {"status": status, "checks": dict(zip(checks, results, strict=True))}
                self._looked_at = loop.time()
            return self._report

    def add_routes(self, application: web.Application, *, metrics: bool) -> None:
        """Serve `/health`, and `/metrics` where only operators get to."""
        application.router.add_get("/health", self._on_health)
        if metrics:
            application.router.add_get("/metrics", self._on_metrics)

    async def _on_health(self, request: web.Request) -> web.Response:
        report = await self.report()
        headers = {"Cache-Control": "no-store"}
        return web.json_response(report, status=200 if report["status"] == "ok" else 503, headers=headers)

    async def _on_metrics(self, request: web.Request) -> web.Response:
        try:
            waiting = await self._inbox.waiting()
        except Exception:
            # What is counted in memory is still worth having.
            DEPTH.set(float("nan"))
            OLDEST.set(float("nan"))
        else:
            DEPTH.set(waiting.depth)
            OLDEST.set(waiting.oldest)
        return web.Response(body=exposition(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def _homeserver_answers(self) -> dict[str, Any]:
        try:
            await self._homeserver.versions()
        except (TemporaryError, RefusedError) as failure:
            raise FaultError(f"The homeserver does not answer at homeserver.internal_url: {failure}") from None
        if not self.bot_ready:
            raise FaultError("The bot's account is not there yet; if this stays, look for it in the bridge's log")
        return {}

    async def _reachable(self) -> dict[str, Any]:
        try:
            await self._homeserver.ping()
        except RefusedError as failure:
            raise FaultError(
                f"The homeserver does not take the as_token for this id: is the registration in its "
                f"app_service_config_files the one of this configuration? ({failure})"
            ) from None
        except TemporaryError as failure:
            raise FaultError(f"The homeserver cannot call the bridge at appservice.listen: {failure}") from None
        return {}

    async def _modules_answer(self) -> dict[str, Any]:
        try:
            await self._homeserver.service_person(self._homeserver.bot)
        except (TemporaryError, RefusedError) as failure:
            raise FaultError(
                f"Kairan's modules do not answer on the homeserver's internal listener: {failure}"
            ) from None
        return {}

    async def _database_answers(self) -> dict[str, Any]:
        try:
            await self._database.fetchval("SELECT 1")
        except Exception as error:
            raise FaultError(f"The bridge's database does not answer: {type(error).__name__}") from None
        return {}

    async def _inbox_moves(self) -> dict[str, Any]:
        try:
            waiting = await self._inbox.waiting()
        except Exception as error:
            raise FaultError(f"The inbox cannot be read: {type(error).__name__}") from None
        values = {"depth": waiting.depth, "oldest_seconds": round(waiting.oldest, 1)}
        if waiting.oldest > LATE:
            raise FaultError(f"{waiting.depth} events wait, the oldest for {waiting.oldest:.0f} s", **values)
        return values


async def _look(check: Check) -> dict[str, Any]:
    try:
        return {"ok": True, **await asyncio.wait_for(check(), _PATIENCE)}
    except FaultError as fault:
        return {"ok": False, "error": str(fault), **fault.values}
    except TimeoutError:
        return {"ok": False, "error": f"There was no answer within {_PATIENCE:.0f} s"}
