"""From a message to the command that it is, and the answer back."""

import logging

from kairan.language import Language

from kairan_bridge.commands.parse import Typed, parse
from kairan_bridge.commands.table import DIRECT_ONLY, Asked, Command, find, rows
from kairan_bridge.events import Message
from kairan_bridge.homeserver import Homeserver, too_old
from kairan_bridge.metrics import COMMANDS as COUNTED
from kairan_bridge.people import Caller, People
from kairan_bridge.reply import Answer, notice
from kairan_bridge.rooms import RoomKind, Rooms
from kairan_bridge.texts import text

log = logging.getLogger(__name__)


class Commands:
    """Carries out the commands of a table. Methods raise what `Homeserver` does."""

    def __init__(self, table: tuple[Command, ...], homeserver: Homeserver, people: People, rooms: Rooms) -> None:
        self._table = table
        self._homeserver = homeserver
        self._people = people
        self._rooms = rooms
        for command in table:
            COUNTED.labels(_label(command))

    def typed(self, message: Message) -> Typed | None:
        """The command that a message is to be taken for, from what the message itself shows."""
        if message.sender == self._homeserver.bot or not self._people.is_local(message.sender):
            return None
        return parse(message.body, is_reply=message.is_reply)

    async def carry_out(self, message: Message, typed: Typed) -> None:
        """Do what a message asks for, if its sender may, and answer."""
        if too_old(message.sent_at):
            # Too late to be sure that it was not answered already; and nobody waits for it any more.
            log.info("A command is too old to be answered", extra={"event_id": message.event_id})
            return
        caller = await self._people.find(message.sender)
        if not caller.welcome:
            return
        here = await self._rooms.kind(message.room_id)
        command = find(self._table, typed.name)
        answer = await self._answer(message, typed, caller, here, command)
        if answer is not None:
            await self._homeserver.send(message.room_id, notice(answer, message), cause=message.event_id, step="reply")
        if command is not None:
            COUNTED.labels(_label(command)).inc()

    async def apologise(self, message: Message, typed: Typed) -> None:
        """Tell the sender that the command could not be carried out: it was tried as often as is done."""
        command = find(self._table, typed.name)
        if command is None:
            return
        caller = await self._people.find(message.sender)
        if caller.welcome:
            answer = Answer(
                text("gave_up", caller.language, name=command.shown(caller.language), event_id=message.event_id)
            )
            await self._homeserver.send(
                message.room_id, notice(answer, message), cause=message.event_id, step="gave_up"
            )

    async def _answer(
        self, message: Message, typed: Typed, caller: Caller, here: RoomKind, command: Command | None
    ) -> Answer | None:
        language = caller.language
        if command is None:
            if here is RoomKind.GROUP:
                # It may be meant for another bot, or for nobody.
                return None
            return Answer(text("unknown", language, name="!" + typed.name), rows(self._table, here, language))
        if here not in command.where:
            key = "only_direct" if command.where == DIRECT_ONLY else "only_group"
            return Answer(text(key, language, name=command.shown(language)))
        return await command.run(Asked(message, caller, here, typed.argument, self._people, self._table))


def _label(command: Command) -> str:
    return command.names[Language.ENGLISH][0]
