"""Passwords that people choose, held to the rules of their organisation whatever way they set one."""

from collections.abc import Sequence

from kairan.errors import MESSAGES, ErrorCode
from kairan.language import Language
from kairan.password_rules import Fault, faults, sentences
from kairan.people import UserID
from kairan.policy import PasswordRules

from kairan_modules.audit import Audit, Outcome
from kairan_modules.passwords import FirstPasswords
from kairan_modules.sessions import policy_of
from kairan_modules.store import RegistryStore
from kairan_modules.synapse_compat import SynapseError

ACTION = "password"
"""The word for it in the audit trail."""


class ChosenPasswords:
    """Refuses a password that the rules do not allow. The admin API is not asked."""

    def __init__(self, store: RegistryStore, first_passwords: FirstPasswords, audit: Audit) -> None:
        self._store = store
        self._first_passwords = first_passwords
        self._audit = audit

    async def rules(self, user_id: str) -> PasswordRules:
        """What holds for this person."""
        return (await policy_of(self._store, user_id)).password

    async def check(self, user_id: str, password: str) -> None:
        """Raise `400 JP.KAIRAN.WEAK_PASSWORD`, with everything that is wrong, unless it may be this person's."""
        rules = await self.rules(user_id)
        registered = (await self._store.people([user_id])).get(UserID(user_id))
        found = faults(password, rules, registered.person if registered else None)
        if await self._first_passwords.was_given(user_id, password):
            found.append(Fault.FIRST_PASSWORD)
        if found:
            raise weak_password(found, rules)

    async def changed(self, user_id: str, how: str) -> None:
        """Note that a person has set their password."""
        await self._audit.record(ACTION, Outcome.DONE, user_id, detail=how)


def weak_password(found: Sequence[Fault], rules: PasswordRules) -> SynapseError:
    """The refusal: Japanese, then English; the faults also as `jp.kairan.faults`."""
    japanese, english = MESSAGES[ErrorCode.WEAK_PASSWORD]
    in_japanese = "。".join(sentences(found, rules, Language.JAPANESE))
    in_english = "; ".join(sentences(found, rules, Language.ENGLISH))
    return SynapseError(
        400,
        f"{japanese}{in_japanese}。 / {english[:-1]}: {in_english}.",
        ErrorCode.WEAK_PASSWORD.value,
        {"jp.kairan.faults": [fault.value for fault in found]},
    )
