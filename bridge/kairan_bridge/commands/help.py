"""`!ヘルプ`, `!help`: what the bot can do here."""

from kairan.language import Language

from kairan_bridge.commands.table import EVERYWHERE, Asked, Command, rows
from kairan_bridge.reply import Answer
from kairan_bridge.rooms import RoomKind
from kairan_bridge.texts import text

_ELSEWHERE = {RoomKind.DIRECT: "help_group_too", RoomKind.GROUP: "help_direct_too"}


async def show_help(asked: Asked) -> Answer:
    """The commands that work in this kind of room, and the names of those that work in the other."""
    language = asked.language
    others = [command.shown(language) for command in asked.commands if asked.here not in command.where]
    separator = "、" if language is Language.JAPANESE else ", "
    return Answer(
        text(f"help_{asked.here.value}", language),
        rows(asked.commands, asked.here, language),
        text(_ELSEWHERE[asked.here], language, names=separator.join(others)) if others else "",
    )


HELP = Command(
    names={Language.JAPANESE: ("ヘルプ", "使い方"), Language.ENGLISH: ("help",)},
    usage={Language.JAPANESE: "", Language.ENGLISH: ""},
    summary={
        Language.JAPANESE: "ここでできることを表示します。",
        Language.ENGLISH: "Shows what I can do here.",
    },
    where=EVERYWHERE,
    run=show_help,
)
