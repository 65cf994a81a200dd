"""Reads a command out of what somebody typed. Pure."""

import unicodedata

from attrs import frozen

MARKS = "!！"
"""What a command begins with: half-width or, as Japanese keyboards give it, full-width."""

_LONGEST_NAME = 40


@frozen
class Typed:
    """A command as typed. `argument` has no blanks around it and may have several lines."""

    name: str
    argument: str


def parse(body: str, *, is_reply: bool = False) -> Typed | None:
    """The command that a message is, or None.

    It must begin the message. What a reply quotes (lines with `> ` before the first empty line, as older clients
    put them before the answer) is not part of the message.
    """
    if is_reply:
        body = _without_quote(body)
    body = body.strip()
    if not body or body[0] not in MARKS:
        return None
    words = body[1:].split(maxsplit=1)
    if not words or body[1].isspace():
        return None
    name, argument = words[0], words[1].strip() if len(words) > 1 else ""
    if len(name) > _LONGEST_NAME or not _begins_like_a_word(name):
        return None
    return Typed(name, argument)


def normal_name(name: str) -> str:
    """The form in which names are compared: width and case do not matter, `ﾍﾙﾌﾟ` is `ヘルプ`."""
    return unicodedata.normalize("NFKC", name).casefold()


def _begins_like_a_word(name: str) -> bool:
    # "!!" and "!?" are how people exclaim.
    return unicodedata.normalize("NFKC", name)[0].isalpha()


def _without_quote(body: str) -> str:
    lines = body.split("\n")
    while lines and (lines[0].startswith("> ") or lines[0] == ">"):
        lines.pop(0)
    return "\n".join(lines)
