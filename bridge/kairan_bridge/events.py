"""Reads events as they came. Anybody can send anything: a field of a wrong type is as good as missing."""

from typing import Any

from attrs import frozen

from kairan_bridge.inbox import RawEvent


@frozen
class Message:
    """A text that somebody sent. `sent_at` is in milliseconds; `thread` is the event ID of a thread's root."""

    event_id: str
    room_id: str
    sender: str
    body: str
    sent_at: int
    is_reply: bool = False
    thread: str | None = None


@frozen
class Invite:
    """Somebody invites the bot. `direct` is what the inviter's client calls the room; `sent_at` as in `Message`."""

    event_id: str
    room_id: str
    sender: str
    sent_at: int
    direct: bool


def read_message(event: RawEvent) -> Message | None:
    """The text message that an event is; None for notices, edits, redacted and all other events."""
    content = _mapping(event.get("content"))
    sender, body, sent_at = event.get("sender"), content.get("body"), event.get("origin_server_ts")
    if event.get("type") != "m.room.message" or content.get("msgtype") != "m.text" or "state_key" in event:
        return None
    if not isinstance(sender, str) or not isinstance(body, str) or type(sent_at) is not int:
        return None
    relation = _mapping(content.get("m.relates_to"))
    if relation.get("rel_type") == "m.replace" or "m.new_content" in content:
        return None
    root = relation.get("event_id")
    return Message(
        event["event_id"],
        event["room_id"],
        sender,
        body,
        sent_at,
        is_reply=bool(_mapping(relation.get("m.in_reply_to"))),
        thread=root if relation.get("rel_type") == "m.thread" and isinstance(root, str) else None,
    )


def read_invite(event: RawEvent, bot: str) -> Invite | None:
    """The invite of the bot that an event is, or None."""
    content = _mapping(event.get("content"))
    sender = event.get("sender")
    if event.get("type") != "m.room.member" or event.get("state_key") != bot:
        return None
    sent_at = event.get("origin_server_ts")
    if content.get("membership") != "invite" or not isinstance(sender, str) or type(sent_at) is not int:
        return None
    return Invite(event["event_id"], event["room_id"], sender, sent_at, content.get("is_direct") is True)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
