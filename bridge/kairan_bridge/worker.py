"""Handles the inbox: one event after the other, each room's in order.

A temporary failure puts an event off, with growing waits, and its room's later events with it; other rooms go
on. After `ATTEMPTS` it is given up. While the homeserver is down altogether nothing is counted: the worker waits.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Protocol

from kairan_bridge.homeserver import RefusedError, TemporaryError
from kairan_bridge.inbox import Entry, Inbox, RawEvent
from kairan_bridge.metrics import EVENTS, RETRIES

ATTEMPTS: Final = 5
WAITS: Final = (1.0, 4.0, 15.0, 60.0)
"""Seconds before the second attempt, the third and so on."""

OUTAGE_WAITS: Final = (1.0, 2.0, 5.0, 10.0)
"""Seconds between looks at a homeserver that is down; the last one repeats."""

LONGEST: Final = 180.0
"""Seconds after which an attempt counts as failed."""

_IDLE = 600.0
_PRUNE_EVERY = 3600.0

log = logging.getLogger(__name__)


class Handles(Protocol):
    """What the worker hands events to."""

    def handler(self, event: RawEvent) -> Callable[[], Awaitable[None]] | None: ...

    async def gave_up(self, event: RawEvent) -> None: ...


class Worker:
    """The only one that handles the inbox.

    Args:
        answers: raises `TemporaryError` while the homeserver is down
    """

    def __init__(self, inbox: Inbox, handles: Handles, answers: Callable[[], Awaitable[None]]) -> None:
        self._inbox = inbox
        self._handles = handles
        self._answers = answers
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()

    def wake(self) -> None:
        """There is something new in the inbox."""
        self._news.set()

    def stop(self) -> None:
        """Let `run` return after the event at hand."""
        self._stopping.set()
        self._news.set()

    async def run(self) -> None:
        """Handle events until `stop`. A failing database does not end it."""
        loop = asyncio.get_running_loop()
        pruned = -_PRUNE_EVERY
        while not self._stopping.is_set():
            try:
                self._news.clear()
                if loop.time() - pruned > _PRUNE_EVERY:
                    await self._inbox.prune()
                    pruned = loop.time()
                entries = await self._inbox.due()
                for entry in entries:
                    if self._stopping.is_set():
                        return
                    await self._handle(entry)
                if not entries:
                    wait = await self._inbox.next_try()
                    await self._pause(self._news, _IDLE if wait is None else wait)
            except Exception:
                # What was at hand is handled again; its transaction IDs keep that from showing.
                log.exception("The inbox could not be worked on, trying again")
                await self._pause(self._stopping, 2.0)

    async def _handle(self, entry: Entry) -> None:
        event_id = entry.event["event_id"]
        try:
            handler = self._handles.handler(entry.event)
        except Exception:
            log.exception("An event could not be read", extra={"event_id": event_id})
            await self._finish(entry, "failed")
            return
        if handler is None:
            await self._finish(entry, "ignored")
        elif entry.attempts >= ATTEMPTS:
            # The process has ended that often while it was at it.
            await self._give_up(entry, "no attempt came to an end")
        else:
            await self._inbox.begin(entry)
            await self._attempt(entry, handler)

    async def _attempt(self, entry: Entry, handler: Callable[[], Awaitable[None]]) -> None:
        event_id = entry.event["event_id"]
        try:
            await asyncio.wait_for(handler(), LONGEST)
        except (TemporaryError, TimeoutError) as failure:
            await self._failed_for_now(entry, str(failure) or "took too long")
        except RefusedError as refusal:
            await self._give_up(entry, str(refusal))
        except Exception:
            log.exception("An event could not be handled", extra={"event_id": event_id})
            await self._give_up(entry, "a mistake in the program")
        else:
            await self._finish(entry, "handled")

    async def _failed_for_now(self, entry: Entry, why: str) -> None:
        event_id = entry.event["event_id"]
        if await self._waited_for_homeserver():
            await self._inbox.put_off(entry, 0, counts=False)
        elif entry.attempts + 1 >= ATTEMPTS:
            await self._give_up(entry, why)
        else:
            RETRIES.inc()
            wait = WAITS[entry.attempts]
            log.warning("An event is put off", extra={"event_id": event_id, "why": why, "seconds": wait})
            await self._inbox.put_off(entry, wait, counts=True)

    async def _waited_for_homeserver(self) -> bool:
        """Wait while the homeserver is down. Returns whether it was."""
        looks = 0
        while not self._stopping.is_set():
            try:
                await self._answers()
            except (TemporaryError, RefusedError) as failure:
                if not looks:
                    log.warning("The homeserver is down, waiting for it", extra={"why": str(failure)})
                await self._pause(self._stopping, OUTAGE_WAITS[min(looks, len(OUTAGE_WAITS) - 1)])
                looks += 1
            else:
                break
        return looks > 0

    async def _give_up(self, entry: Entry, why: str) -> None:
        event_id = entry.event["event_id"]
        log.error("An event is given up", extra={"event_id": event_id, "why": why})
        try:
            await asyncio.wait_for(self._handles.gave_up(entry.event), LONGEST)
        except Exception:
            log.warning("Nobody could be told of it", extra={"event_id": event_id})
        await self._finish(entry, "failed")

    async def _finish(self, entry: Entry, result: str) -> None:
        await self._inbox.finish(entry, result)
        EVENTS.labels(result).inc()

    async def _pause(self, until: asyncio.Event, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(until.wait(), seconds)
