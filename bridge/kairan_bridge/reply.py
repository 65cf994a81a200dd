"""Answers of the bot: an `m.notice`, plain and formatted, in reply to what was asked."""

import html
import re
from typing import Any

from attrs import frozen

from kairan_bridge.events import Message


@frozen
class Answer:
    """What the bot says. Text between backticks is shown as code.

    `items` is a list of a term (shown as code) and its explanation, between `text` and `after`.
    """

    text: str
    items: tuple[tuple[str, str], ...] = ()
    after: str = ""


def plain(answer: Answer) -> str:
    """The `body`: for clients that show no formatting."""
    parts = [answer.text, *(f"・{term}\u3000{text}" for term, text in answer.items), answer.after]
    return "\n".join(part.replace("`", "") for part in parts if part)


def formatted(answer: Answer) -> str:
    """The `formatted_body`: HTML in the subset that all clients show."""
    items = "".join(f"<li><code>{html.escape(term)}</code> {_code(text)}</li>" for term, text in answer.items)
    after = f"<p>{_code(answer.after)}</p>" if answer.after else ""
    return f"<p>{_code(answer.text)}</p>" + (f"<ul>{items}</ul>" if items else "") + after


def notice(answer: Answer, to: Message | None = None) -> dict[str, Any]:
    """The content of the `m.room.message`, a reply to `to` and in its thread if it was in one."""
    content: dict[str, Any] = {
        "msgtype": "m.notice",
        "body": plain(answer),
        "format": "org.matrix.custom.html",
        "formatted_body": formatted(answer),
        "m.mentions": {},
    }
    if to is not None:
        content["m.mentions"] = {"user_ids": [to.sender]}
        content["m.relates_to"] = {"m.in_reply_to": {"event_id": to.event_id}}
        if to.thread is not None:
            content["m.relates_to"] |= {"rel_type": "m.thread", "event_id": to.thread, "is_falling_back": False}
    return content


def _code(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text)).replace("\n", "<br>")
