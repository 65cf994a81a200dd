"""Devices (端末) on the Internet side: which are certified, and what a request for one looks like."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Final

from attrs import frozen

from kairan.language import Language
from kairan.organizations import OrganizationKey
from kairan.policy import SignIn

REQUEST_LIFE: Final = 24 * 3600 * 1000
"""Milliseconds for which a refused sign-in can be approved."""

APPROVAL_LIFE: Final = 10 * 60 * 1000
"""Milliseconds for which an approval lets its device sign in, once."""

MOST_PENDING: Final = 3
"""Requests of one person that can wait at once; further sign-ins are refused without a number."""

MOST_A_DAY: Final = 20
"""Requests of one person within `REQUEST_LIFE`, however they ended."""

SHORTEST_NUMBER: Final = 4
"""Digits of a request's number."""

MARKS: Final = "!！"
"""What begins a message to the bot."""

LONGEST_INSTRUCTION: Final = 2000
"""Characters of a message that is still looked at, quoted lines included."""


class RequestState(StrEnum):
    """How a request stands. Pending and approved ones run out by themselves."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"


class Verb(StrEnum):
    """What a person tells the bot about devices. Where it is said matters, so the modules read it too."""

    APPROVE = "approve"
    DENY = "deny"
    LOST = "lost"


VERB_NAMES: Final[dict[Verb, dict[Language, tuple[str, ...]]]] = {
    Verb.APPROVE: {Language.JAPANESE: ("承認",), Language.ENGLISH: ("approve",)},
    Verb.DENY: {Language.JAPANESE: ("拒否",), Language.ENGLISH: ("deny",)},
    Verb.LOST: {Language.JAPANESE: ("紛失",), Language.ENGLISH: ("lost",)},
}
"""How each is typed after the mark; every name works in either language."""

_VERBS: Final = {name: verb for verb, names in VERB_NAMES.items() for each in names.values() for name in each}


@frozen
class Certification:
    """That an organisation trusts a device.

    `how` is the way that it was certified by, never `SignIn.OPEN`.
    """

    organization: OrganizationKey
    how: SignIn


@frozen
class Instruction:
    """A message to the bot about devices; `argument` is what follows, in half-width characters."""

    verb: Verb
    argument: str


@frozen
class Appearance:
    """How a device looks that signs in: its address, what its client calls itself and the name that it gives."""

    address: str
    user_agent: str
    name: str


def holds(certification: Certification, own: Collection[OrganizationKey], mode: SignIn) -> bool:
    """Whether a certification is worth something today.

    Args:
        own: the organisations of the person's current postings: one that they have left certifies nothing.
        mode: the strictest of these. When an organisation grows stricter, laxer certifications end.
    """
    modes = list(SignIn)
    return certification.organization in own and modes.index(certification.how) >= modes.index(mode)


def deciding_organization(modes: Sequence[tuple[OrganizationKey, SignIn]]) -> tuple[OrganizationKey, SignIn]:
    """The organisation whose way to sign in a person must go: the strictest, of equals the first.

    Args:
        modes: of the person's current postings, the main one first; not empty.
    """
    strictness = list(SignIn)
    return max(modes, key=lambda each: strictness.index(each[1]))


def same_device(asked: Appearance, comes: Appearance) -> bool:
    """Whether a sign-in can be the device that a request was for: its name and client are the same.

    The address is for people to look at. A telephone changes its own between two networks.
    """
    return asked.name == comes.name and same_client(asked.user_agent, comes.user_agent)


def same_client(before: str, now: str) -> bool:
    """Whether two user agents are the same client, be it of another version."""
    return _without_versions(before) == _without_versions(now)


def number_of(index: int, taken: int) -> str:
    """The number that people read, from a random index; longer while more are `taken` than leave room to guess.

    Args:
        index: any whole number from 0.
        taken: how many numbers are in use now.
    """
    digits = SHORTEST_NUMBER
    while taken * 10 > 10**digits:
        digits += 2
    return str(index % 10**digits).zfill(digits)


def approval_sentence(mode: SignIn, number: str) -> str:
    """What a person reads whose device must be approved first, by themselves or by an administrator."""
    if mode is SignIn.SELF:
        return (
            f"この端末は未登録です。LGWAN 側で回覧ボットに「!承認 {number}」と送り、10 分以内にもう一度サインインして"
            f"ください（番号 {number}）。 / This device is not certified yet. On LGWAN, send “!approve {number}” to "
            f"the bot, then sign in again within 10 minutes (number {number})."
        )
    return (
        f"この端末は未登録です。所属の管理者が番号 {number} を承認したら、10 分以内にもう一度サインインしてください。"
        f" / This device is not certified yet. Once your organisation's administrator has approved number {number}, "
        "sign in again within 10 minutes."
    )


def read_instruction(body: str) -> Instruction | None:
    """What a message to the bot asks about devices, or None. A reply's quoted lines before it are skipped."""
    if len(body) > LONGEST_INSTRUCTION or not any(mark in body for mark in MARKS):
        return None
    lines = body.split("\n")
    while lines and (lines[0].startswith("> ") or lines[0] == ">"):
        lines.pop(0)
    text = unicodedata.normalize("NFKC", "\n".join(lines)).strip()
    if not text.startswith("!"):
        return None
    name, *argument = text[1:].split(maxsplit=1) or [""]
    verb = _VERBS.get(name.casefold())
    return None if verb is None else Instruction(verb, argument[0] if argument else "")


def _without_versions(user_agent: str) -> str:
    return re.sub(r"[0-9][0-9.]*", "", user_agent)
