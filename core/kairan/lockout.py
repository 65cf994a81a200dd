"""Lockout (ロックアウト): how long passwords are not looked at after repeated misses.

Three counts see every miss: that of the account from one address, that of the account on one network, that of the
address. The first is the narrow one and comes first, so that whoever guesses shuts out themselves and not a colleague.
"""

import ipaddress
import math
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Final

from attrs import frozen

from kairan.zones import Zone

_MINUTE: Final = 60
_HOUR: Final = 3600


class Scope(StrEnum):
    """Whose misses a count holds, the narrowest first."""

    PAIR = "pair"
    """One account, tried from one address."""
    ACCOUNT = "account"
    """One account, tried from anywhere on one network. It does not hold where the account has signed in before."""
    ADDRESS = "address"
    """One address, whatever accounts it tries."""


@frozen
class Rule:
    """How misses of one kind are counted.

    `free` of them cost nothing. Each further one brings the next of `waits` (seconds), the last again and again.
    Every `forget` seconds one miss is forgotten.
    """

    free: int
    waits: tuple[int, ...]
    forget: int


RULES: Final[Mapping[Scope, Rule]] = {
    Scope.PAIR: Rule(free=5, waits=(30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR), forget=2 * _HOUR),
    Scope.ACCOUNT: Rule(free=20, waits=(30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE), forget=30 * _MINUTE),
    # A whole town hall may share one address: in the first days of April many of its people mistype.
    Scope.ADDRESS: Rule(free=100, waits=(30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE), forget=30),
}


@frozen
class Misses:
    """A count: how many misses are not forgotten at `last`, the moment of the latest (milliseconds)."""

    count: float = 0.0
    last: int = 0


def missed(before: Misses, rule: Rule, now: int) -> Misses:
    """The count after one more miss at `now` (milliseconds)."""
    forgotten = max(now - before.last, 0) / (rule.forget * 1000)
    return Misses(max(before.count - forgotten, 0.0) + 1.0, now)


def wait_seconds(count: float, rule: Rule) -> int:
    """For how long after the latest of so many misses nothing is looked at; 0 while they are free."""
    beyond = math.ceil(count - rule.free)
    return rule.waits[min(beyond, len(rule.waits)) - 1] if beyond > 0 else 0


def remaining(misses: Misses, rule: Rule, now: int) -> int:
    """Milliseconds until the next try is looked at; 0 for at once."""
    wait = wait_seconds(misses.count, rule) * 1000
    # A clock that was set back makes nobody wait longer.
    return min(max(misses.last + wait - now, 0), wait)


def forgotten_after(rule: Rule) -> int:
    """Seconds after which the highest count that a rule tells apart means nothing any more."""
    return rule.forget * (rule.free + len(rule.waits)) + rule.waits[-1]


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 of an IPv6 one, all of which one household has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def keys(account: str, zone: Zone, network: str) -> dict[Scope, str]:
    """The key of each count. They are digests: what people type for a name may be their password.

    Args:
        account: the user ID that was tried, whether there is one or not, or another name of the secret.
        network: of `network_of`.
    """
    parts = {
        Scope.PAIR: (account.lower(), zone.value, network),
        Scope.ACCOUNT: (account.lower(), zone.value),
        Scope.ADDRESS: (zone.value, network),
    }
    return {scope: sha256("\0".join((scope.value, *named)).encode()).hexdigest() for scope, named in parts.items()}
