"""What the bot can be told. A new command is a file with its row, and the row's place in `COMMANDS`."""

from kairan_bridge.commands.help import HELP
from kairan_bridge.commands.language import LANGUAGE
from kairan_bridge.commands.table import Command

COMMANDS: tuple[Command, ...] = (HELP, LANGUAGE)
"""All commands, in the order in which `!help` shows them."""

__all__ = ["COMMANDS", "Command"]
