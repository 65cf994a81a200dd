"""Network zones: by which face a request came in.

A zone is the `tag` of the listener that took the request. Nothing that a client sends can
change it, and a tag that is not one of these is `Zone.UNKNOWN`, the least trusted.
"""

from enum import Enum


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
