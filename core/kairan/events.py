"""Which Matrix events are calls, locations or encryption: under all names that clients send today.

Sources: client-server API, "Voice over IP"; MSC3401, MSC4143, MSC4075, MSC4310 (MatrixRTC); MSC3488, MSC3489, MSC3672
(location); MSC1236 (widgets).
"""

from collections.abc import Mapping
from typing import Any, Final

from kairan.zones import Action

CALL_PREFIXES: Final = (
    "m.call.",
    "org.matrix.call.",
    "m.rtc.",
    "org.matrix.msc3401.call",
    "org.matrix.msc4143.rtc.",
    "org.matrix.msc4075.",
    "org.matrix.msc4310.rtc.",
    "io.element.call.",
)
"""Types that begin so belong to a call, a name that a client invents tomorrow included."""

CALL_TYPES: Final = frozenset({"m.call", "org.matrix.msc3401.call"})

ENDS_CALL: Final = frozenset(
    {
        "m.call.hangup",
        "m.call.reject",
        "org.matrix.call.hangup",
        "org.matrix.call.reject",
        "m.rtc.decline",
        "org.matrix.msc4310.rtc.decline",
    }
)
"""Whoever may not call may still decline or end one."""

CALL_MEMBERSHIPS: Final = frozenset(
    {
        "m.call.member",
        "org.matrix.msc3401.call.member",
        "m.rtc.member",
        "org.matrix.msc4143.rtc.member",
    }
)
"""State that says who is in a call; empty content is leaving it."""

WIDGETS: Final = frozenset({"im.vector.modular.widgets", "m.widget"})
CALL_WIDGETS: Final = frozenset({"jitsi", "m.jitsi", "m.call", "io.element.call"})
"""The `type` of a widget that is a call."""

BEACONS: Final = frozenset({"m.beacon", "org.matrix.msc3672.beacon", "org.matrix.msc3489.beacon"})
BEACON_INFO_PREFIXES: Final = ("m.beacon_info", "org.matrix.msc3672.beacon_info", "org.matrix.msc3489.beacon_info")
LOCATION_TYPES: Final = frozenset({"m.location", "org.matrix.msc3488.location"})
LOCATION_KEYS: Final = frozenset({"m.location", "org.matrix.msc3488.location", "geo_uri"})
"""What shows a location wherever it stands in content, as does the `msgtype` `m.location`."""

ENCRYPTION: Final = frozenset({"m.room.encryption", "m.room.encrypted"})

_DEEPEST: Final = 10
"""How deep content is looked into; Synapse refuses what is nested deeper than a few dozen."""


def action_of_event(event_type: str, content: object, state_key: str | None = None) -> Action | None:
    """The action that the policy judges for an event or a to-device message; None where it has no opinion."""
    given = content if isinstance(content, Mapping) else {}
    if event_type in ENCRYPTION:
        return Action.ENCRYPT
    if _is_call(event_type, given, state_key):
        return Action.CALL
    if _is_location(event_type, given):
        return Action.LOCATION
    return None


def _is_call(event_type: str, content: Mapping[str, Any], state_key: str | None) -> bool:
    if event_type in WIDGETS:
        return content.get("type") in CALL_WIDGETS
    if event_type not in CALL_TYPES and not event_type.startswith(CALL_PREFIXES):
        return False
    if event_type in ENDS_CALL:
        return False
    return not (event_type in CALL_MEMBERSHIPS and state_key is not None and _says_nobody(content))


def _says_nobody(content: Mapping[str, Any]) -> bool:
    """Whether a membership of a call says that one is in none: empty, or an empty list of them (MSC3401's old form)."""
    return not content or (set(content) <= {"memberships", "m.calls"} and not any(content.values()))


def _is_location(event_type: str, content: Mapping[str, Any]) -> bool:
    if event_type.startswith(BEACON_INFO_PREFIXES):
        # Ending a live location shows nothing.
        return content.get("live") is not False
    return event_type in LOCATION_TYPES or event_type in BEACONS or _shows_location(content, _DEEPEST)


def _shows_location(content: object, depth: int) -> bool:
    """Whether a location stands anywhere in the content: an edit carries it one level down, a poll's answer may too."""
    if depth == 0:
        return True
    if isinstance(content, Mapping):
        return (
            content.get("msgtype") == "m.location"
            or not LOCATION_KEYS.isdisjoint(content)
            or any(_shows_location(value, depth - 1) for value in content.values())
        )
    if isinstance(content, (list, tuple)):
        return any(_shows_location(value, depth - 1) for value in content)
    return False
