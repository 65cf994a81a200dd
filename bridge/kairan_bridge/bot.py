"""The bot `@kairan`: its account, the invites that it takes, and what it listens to."""

import logging
from collections.abc import Awaitable, Callable
from importlib.resources import files

from kairan.language import Language

from kairan_bridge.commands.dispatch import Commands
from kairan_bridge.events import Invite, read_invite, read_message
from kairan_bridge.homeserver import Homeserver, RefusedError, too_old
from kairan_bridge.inbox import RawEvent
from kairan_bridge.people import People
from kairan_bridge.reply import Answer, notice
from kairan_bridge.rooms import RoomKind, Rooms
from kairan_bridge.texts import text

DISPLAY_NAME = "回覧（Kairan）"

Handler = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)


class Bot:
    """Methods raise what `Homeserver` does."""

    def __init__(self, homeserver: Homeserver, people: People, rooms: Rooms, commands: Commands) -> None:
        self._homeserver = homeserver
        self._people = people
        self._rooms = rooms
        self._commands = commands

    async def set_up(self) -> None:
        """Make the account, its name and its picture as they should be. Can be repeated."""
        await self._homeserver.register_bot()
        try:
            profile = await self._homeserver.profile()
            if profile.get("displayname") != DISPLAY_NAME:
                await self._homeserver.set_profile("displayname", DISPLAY_NAME)
            if not profile.get("avatar_url"):
                picture = files("kairan_bridge").joinpath("avatar.png").read_bytes()
                url = await self._homeserver.upload(picture, "image/png")
                await self._homeserver.set_profile("avatar_url", url)
        except RefusedError as refusal:
            # It works without a name and a picture.
            log.warning("The bot's profile could not be set", extra={"errcode": refusal.errcode})

    def handler(self, event: RawEvent) -> Handler | None:
        """What is to be done about an event; None for nothing. To be called with every event, in order."""
        self._rooms.changed_by(event)
        if (invite := read_invite(event, self._homeserver.bot)) is not None:
            return lambda: self._invited(invite)
        if (message := read_message(event)) is not None and (typed := self._commands.typed(message)) is not None:
            return lambda: self._commands.carry_out(message, typed)
        return None

    async def gave_up(self, event: RawEvent) -> None:
        """An event will not be tried again: tell who waits for an answer."""
        if (message := read_message(event)) is not None and (typed := self._commands.typed(message)) is not None:
            await self._commands.apologise(message, typed)

    async def _invited(self, invite: Invite) -> None:
        if not self._people.is_local(invite.sender):
            await self._reject(invite)
            return
        caller = await self._people.find(invite.sender)
        if not caller.welcome:
            await self._reject(invite)
            return
        try:
            await self._homeserver.join(invite.room_id)
        except RefusedError as refusal:
            if refusal.status not in (403, 404):
                raise
            log.info("An invite is no longer valid", extra={"event_id": invite.event_id})
            return
        if invite.direct:
            await self._rooms.call_direct(invite.sender, invite.room_id)
        if too_old(invite.sent_at):
            return
        if await self._rooms.kind(invite.room_id) is RoomKind.DIRECT:
            greeting = notice(Answer(text("greeting", caller.language)))
            await self._homeserver.send(invite.room_id, greeting, cause=invite.event_id, step="greeting")

    async def _reject(self, invite: Invite) -> None:
        # Both languages: a stranger's is not known.
        reason = " / ".join(text("invite_refused", language) for language in Language)
        try:
            await self._homeserver.leave(invite.room_id, reason)
        except RefusedError as refusal:
            if refusal.status not in (403, 404):
                raise
            log.info("An invite is no longer valid", extra={"event_id": invite.event_id})
