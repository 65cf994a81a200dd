"""The form of a command's row, and what its function gets."""

from collections.abc import Awaitable, Callable, Iterable

from attrs import frozen
from kairan.language import Language

from kairan_bridge.commands.parse import normal_name
from kairan_bridge.events import Message
from kairan_bridge.people import Caller, People
from kairan_bridge.reply import Answer
from kairan_bridge.rooms import RoomKind

DIRECT_ONLY = frozenset({RoomKind.DIRECT})
GROUP_ONLY = frozenset({RoomKind.GROUP})
EVERYWHERE = DIRECT_ONLY | GROUP_ONLY


@frozen
class Asked:
    """One call of a command.

    `argument` is what stood after the name, as typed, without blanks around it. `commands` is the whole table.
    """

    message: Message
    caller: Caller
    here: RoomKind
    argument: str
    people: People
    commands: "tuple[Command, ...]"

    @property
    def language(self) -> Language:
        """The asker's language."""
        return self.caller.language


@frozen
class Command:
    """A row of the table.

    Attributes:
        names: per language, without the mark; the first one is shown. All names work in every language.
        usage: per language, what follows the name, or nothing
        summary: per language, one line
        where: the kinds of room in which it works
        run: does it, and returns the answer. It may be called again for the same message after a failure,
            so whatever it does must be possible to repeat.
    """

    names: dict[Language, tuple[str, ...]]
    usage: dict[Language, str]
    summary: dict[Language, str]
    where: frozenset[RoomKind]
    run: Callable[[Asked], Awaitable[Answer]]

    def shown(self, language: Language) -> str:
        """How it is typed in a language, such as `!言語`."""
        return "!" + self.names[language][0]

    def row(self, language: Language) -> tuple[str, str]:
        """What `!help` shows: how it is typed with what follows, and the summary."""
        return f"{self.shown(language)} {self.usage[language]}".rstrip(), self.summary[language]


def find(commands: Iterable[Command], name: str) -> Command | None:
    """The command that has a name, in any language."""
    wanted = normal_name(name)
    for command in commands:
        if any(wanted == normal_name(known) for names in command.names.values() for known in names):
            return command
    return None


def rows(commands: Iterable[Command], here: RoomKind, language: Language) -> tuple[tuple[str, str], ...]:
    """The rows of what works here."""
    return tuple(command.row(language) for command in commands if here in command.where)
