"""Devices: what the bot has to tell people about them, and the modules' calls behind the commands."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from attrs import frozen
from kairan.language import Language, choose_language

from kairan_bridge.homeserver import Homeserver, RefusedError, TemporaryError
from kairan_bridge.reply import Answer, notice
from kairan_bridge.rooms import Rooms
from kairan_bridge.texts import text

EVERY: Final = 1.5
"""Seconds between two looks for something to tell: somebody stands there with a telephone and waits."""

AFTER_FAILURE: Final = 10.0
"""Seconds until the next look when the homeserver did not answer, or one notice could not be told."""

_LONGEST_NAME = 60

log = logging.getLogger(__name__)


@frozen
class Device:
    """A device as `!端末` shows it."""

    name: str
    device_id: str
    certified: bool


class Devices:
    """The modules' service API about devices (docs/rest.md). Methods raise what `Homeserver` does."""

    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver

    async def of(self, user_id: str) -> list[Device]:
        """The devices of a person, that used last first."""
        answer = await self._homeserver.service("GET", "devices", user_id)
        devices = answer.get("devices")
        return (
            [
                Device(shown(each.get("name")), str(each.get("device_id")), each.get("certified") is True)
                for each in devices
                if isinstance(each, dict)
            ]
            if isinstance(devices, list)
            else []
        )

    async def carry_out(self, event_id: str) -> dict[str, Any]:
        """Let the modules do what a message told the bot. They saw where it was sent from; the bot does not say."""
        return await self._homeserver.service("POST", "device_instructions", event_id)


class Announcer:
    """Tells people what the modules want them to know about devices."""

    def __init__(self, homeserver: Homeserver, rooms: Rooms) -> None:
        self._homeserver = homeserver
        self._rooms = rooms

    async def run(self, stop: asyncio.Event, ready: Callable[[], bool]) -> None:
        """Look for something to tell until `stop`, once the bot is ready."""
        heard = True
        while not stop.is_set():
            was, heard = heard, True
            try:
                wait = EVERY if not ready() or await self.look() else AFTER_FAILURE
            except (TemporaryError, RefusedError) as failure:
                heard, wait = False, AFTER_FAILURE
                if was:
                    log.warning("Nothing is heard about devices", extra={"why": str(failure)})
            except Exception:
                log.exception("Notices about devices could not be read, trying again")
                wait = AFTER_FAILURE
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)

    async def look(self) -> bool:
        """Tell all that is to be told; False if something could not be, and stays for the next time."""
        answer = await self._homeserver.service("GET", "device_notices")
        notices = answer.get("notices")
        well = True
        for each in notices if isinstance(notices, list) else []:
            try:
                await self._tell(each)
            except (TemporaryError, RefusedError) as failure:
                # One person whom nobody can write to must not keep the others from being told.
                log.warning("A notice could not be told", extra={"notice": each.get("notice"), "why": str(failure)})
                well = False
        return well

    async def _tell(self, told: Mapping[str, Any]) -> None:
        recipient, identity = str(told["recipient"]), str(told["notice"])
        answer = announcement(told)
        if answer is not None:
            room_id = await self._rooms.direct_with(recipient)
            await self._homeserver.send(room_id, notice(answer), cause=identity, step="device_notice")
        await self._homeserver.service("DELETE", "device_notices", identity)


def announcement(told: Mapping[str, Any]) -> Answer | None:
    """What a notice says; None for a kind that this bridge does not know."""
    language = choose_language(None, str(told.get("language")))
    kind = str(told.get("kind"))
    own = told.get("recipient") == told.get("user_id")
    key = {"asked": "device_asked" if own else "device_asked_admin"}.get(kind, f"device_{kind}")
    if kind not in ("asked", "approved", "denied", "certified"):
        return None
    number = str(told.get("number"))
    return Answer(
        text(key, language, person=shown(told.get("person")), number=number),
        device_lines(told, language),
        text(f"{key}_after", language, number=number),
    )


def device_lines(told: Mapping[str, Any], language: Language) -> tuple[tuple[str, str], ...]:
    """Number, name and address of the device that a request is for."""
    return tuple(
        (text(f"device_{key}", language), shown(told.get(key)) or text("device_nameless", language))
        for key in ("number", "name", "address")
    )


def shown(value: object) -> str:
    """What a client says of itself, so that it can stand in a sentence."""
    words = " ".join(str(value or "").split())
    return words if len(words) <= _LONGEST_NAME else words[: _LONGEST_NAME - 1] + "…"
