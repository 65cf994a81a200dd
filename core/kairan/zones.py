"""Network zones: by which face a request came in, and what may be done there.

A zone is the `tag` of the listener that took the request. Nothing that a client sends can
change it, and a tag that is not one of these is `Zone.UNKNOWN`, the least trusted.
"""

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from typing import Final

from attrs import frozen


class Zone(Enum):
    """A network as the homeserver sees it.

    LGWAN and INTERNET are the two faces that people use, INTERNAL is the loopback listener of
    the bridge and the `kairan` command, FEDERATION is other homeservers.
    """

    LGWAN = "lgwan"
    INTERNET = "internet"
    INTERNAL = "internal"
    FEDERATION = "federation"
    UNKNOWN = "unknown"

    @property
    def serves_clients(self) -> bool:
        """Whether the client API is served in this zone at all."""
        return self in CLIENT_ZONES


CLIENT_ZONES = frozenset({Zone.LGWAN, Zone.INTERNET, Zone.INTERNAL})


def zone_of(tag: str | None) -> Zone:
    """The zone of a listener's tag; `Zone.UNKNOWN` for none or one that is not a zone."""
    try:
        return Zone(tag)
    except ValueError:
        return Zone.UNKNOWN


class Action(StrEnum):
    """What the policy decides by zone."""

    SIGN_IN = "sign_in"
    CALL = "call"
    LOCATION = "location"
    UPLOAD = "upload"
    DOWNLOAD_FOREIGN = "download_foreign"
    """To download a file that did not come in by the same side."""
    PREVIEW_URL = "preview_url"
    CREATE_ROOM = "create_room"
    INVITE_GUEST = "invite_guest"
    ADMIN_API = "admin_api"
    ENCRYPT = "encrypt"


class Ruling(StrEnum):
    """What the policy says."""

    ALLOW = "allow"
    CERTIFIED_ONLY = "certified_only"
    """Only from a device that the person's organisation certified."""
    DENY = "deny"


STRICTNESS: Final = (Ruling.ALLOW, Ruling.CERTIFIED_ONLY, Ruling.DENY)
"""From the laxest to the strictest."""


@frozen
class Rule:
    """One cell of the table. No organisation can change it where it is `fixed`, because more than it would suffer."""

    ruling: Ruling
    fixed: bool = False


_ALLOW = Rule(Ruling.ALLOW)
_DENY = Rule(Ruling.DENY)
_CERTIFIED = Rule(Ruling.CERTIFIED_ONLY)
_NEVER = Rule(Ruling.DENY, fixed=True)
_ALWAYS = Rule(Ruling.ALLOW, fixed=True)

# fmt: off
_TABLE = {
    #                         lgwan    internet    federation  internal  unknown
    Action.SIGN_IN:          (_ALLOW,  _ALLOW,     _NEVER,     _ALWAYS,  _NEVER),
    Action.CALL:             (_NEVER,  _ALLOW,     _ALLOW,     _NEVER,   _NEVER),
    Action.LOCATION:         (_NEVER,  _CERTIFIED, _ALLOW,     _NEVER,   _NEVER),
    Action.UPLOAD:           (_ALLOW,  _ALLOW,     _NEVER,     _ALWAYS,  _NEVER),
    Action.DOWNLOAD_FOREIGN: (_NEVER,  _ALLOW,     _ALLOW,     _ALWAYS,  _NEVER),
    Action.PREVIEW_URL:      (_NEVER,  _DENY,      _NEVER,     _NEVER,   _NEVER),
    Action.CREATE_ROOM:      (_ALLOW,  _ALLOW,     _NEVER,     _ALWAYS,  _NEVER),
    Action.INVITE_GUEST:     (_ALLOW,  _ALLOW,     _NEVER,     _ALWAYS,  _NEVER),
    Action.ADMIN_API:        (_NEVER,  _NEVER,     _NEVER,     _ALWAYS,  _NEVER),
    Action.ENCRYPT:          (_NEVER,  _NEVER,     _NEVER,     _NEVER,   _NEVER),
}
# fmt: on

_COLUMNS = (Zone.LGWAN, Zone.INTERNET, Zone.FEDERATION, Zone.INTERNAL, Zone.UNKNOWN)

STANDARD: Final[Mapping[Action, Mapping[Zone, Rule]]] = {
    action: dict(zip(_COLUMNS, rules, strict=True)) for action, rules in _TABLE.items()
}
"""The policy where an organisation declares nothing else. What is not in the table is denied.

Federation stands for what another prefecture's people do, which their own server has judged already: a call that was
placed on its Internet side may ring here, and ours may fetch only what that server serves.
"""


def strictest(rulings: Iterable[Ruling]) -> Ruling:
    """The strictest of these, for a person whom several organisations rule; DENY where there is none."""
    return max(rulings, key=STRICTNESS.index, default=Ruling.DENY)


def ruling(action: Action, zone: Zone, overrides: Iterable[Mapping[Action, Mapping[Zone, Ruling]]] = ()) -> Ruling:
    """What the policy says to an action in a zone.

    Args:
        overrides: what each organisation of the person declares; none for a person without one. Of several the
            strictest holds, and one that declares nothing for this cell counts with the standard.
    """
    rule = STANDARD.get(action, {}).get(zone, _NEVER)
    if rule.fixed:
        return rule.ruling
    return strictest([each.get(action, {}).get(zone, rule.ruling) for each in overrides] or [rule.ruling])
