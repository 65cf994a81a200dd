"""Activation links (初回設定リンク): whoever holds one sets the password of its person, once."""

import secrets
from collections.abc import Sequence

from attrs import frozen
from kairan.errors import ErrorCode
from kairan.people import UserID
from kairan.policy import PasswordRules
from kairan.zones import Action, Ruling, ruling

from kairan_modules.audit import Audit, Outcome
from kairan_modules.chosen_passwords import ChosenPasswords
from kairan_modules.lockout import Lockout
from kairan_modules.rest.errors import refusal
from kairan_modules.sessions import organizations_of
from kairan_modules.store import RegistryStore
from kairan_modules.store.activations import ActivationStore
from kairan_modules.synapse_compat import ModuleApi, current_request
from kairan_modules.synapse_sign_in import set_password

ACTION = "activation"
"""The word for it in the audit trail, and the name under which wrong tokens are counted."""


@frozen
class Activation:
    """What the holder of a link is shown: whose account it is, and what their password must be."""

    user_id: str
    name: str
    rules: PasswordRules


class Activations:
    """Gives out links, and lets each work once, in a network from which its person may sign in."""

    def __init__(
        self, api: ModuleApi, store: RegistryStore, lockout: Lockout, passwords: ChosenPasswords, audit: Audit
    ) -> None:
        self._api = api
        self._store = store
        self._lockout = lockout
        self._passwords = passwords
        self._audit = audit
        self._links = ActivationStore(api)

    async def issue(self, user_ids: Sequence[str]) -> tuple[dict[str, str], int]:
        """A new token for each, in place of earlier ones, and when they run out (milliseconds)."""
        tokens = {user_id: secrets.token_urlsafe(16) for user_id in user_ids}
        expires = await self._links.issue(tokens)
        for user_id in user_ids:
            await self._audit.record(ACTION, Outcome.DONE, user_id, detail="issued")
        return tokens, expires

    async def show(self, token: str) -> Activation:
        """What the link is for. Raises `ACTIVATION_DEAD`, `SIGN_IN_NOT_HERE` or `LOCKED_OUT`."""
        user_id = await self._owner(token)
        registered = (await self._store.people([user_id])).get(UserID(user_id))
        if registered is None or not registered.person.postings:
            raise refusal(403, ErrorCode.ACTIVATION_DEAD)
        return Activation(user_id, registered.person.name, await self._passwords.rules(user_id))

    async def use(self, token: str, password: str) -> str:
        """Set the password, end the link and every session, and return the user ID.

        Raises:
            SynapseError: as `show` does, or `WEAK_PASSWORD`; the link goes on working then.
        """
        user_id = (await self.show(token)).user_id
        await self._passwords.check(user_id, password)
        if await self._links.use(token) is None:
            raise refusal(403, ErrorCode.ACTIVATION_DEAD)
        await set_password(self._api, user_id, password)
        await self._lockout.forgive(user_id)
        await self._audit.record(ACTION, Outcome.DONE, user_id, detail="used")
        return user_id

    async def _owner(self, token: str) -> str:
        found: list[str] = []

        async def check() -> bool:
            owner = await self._links.owner(token)
            found.extend([owner] if owner else [])
            return owner is not None

        if not await self._lockout.guarded(ACTION, check):
            raise await self._audit.refuse(ErrorCode.ACTIVATION_DEAD, ACTION, "")
        (user_id,) = found
        rules = [organization.policy.rules for organization in await organizations_of(self._store, user_id)]
        if ruling(Action.SIGN_IN, current_request().zone, rules) is not Ruling.ALLOW:
            raise await self._audit.refuse(ErrorCode.SIGN_IN_NOT_HERE, ACTION, user_id)
        return user_id
