"""Signing in: lockout, sessions that end, the person's list of sign-ins, passwords by the organisation's rules."""

from typing import Any

from attrs import frozen
from kairan.zones import Action

from kairan_modules.audit import Audit, Outcome
from kairan_modules.config import ConfigReader
from kairan_modules.lockout import Lockout
from kairan_modules.servlets.login import login_observers
from kairan_modules.sessions import EVERY, Sessions
from kairan_modules.store import shared_store
from kairan_modules.store.activations import ActivationStore
from kairan_modules.store.sign_in import Ending, SignInStore
from kairan_modules.synapse_compat import LoginResponse, ModuleApi, SynapseError, current_request


@frozen
class SignInConfig:
    """Nothing is to be configured: what differs between organisations is in their declared policies."""


class SignIn:
    """The Synapse module. Configuration: none.

    It needs `Registry` for its calls, `Faces` for what happens at `/login`, and `Devices`, which notes by which side
    each session was made.
    """

    def __init__(self, config: SignInConfig, api: ModuleApi) -> None:
        store = shared_store(api)
        self._audit = Audit(api, store)
        self._sign_ins = SignInStore(api)
        self._lockout = Lockout(api, self._audit, self._sign_ins)
        self._links = ActivationStore(api)
        self._sessions = Sessions(api, store, self._audit)
        self._lockout.register()
        login_observers(api).append(self)
        # On the one process for background work.
        api.looping_background_call(self._every_few_minutes, EVERY)

    @staticmethod
    def parse_config(config: dict[str, Any]) -> SignInConfig:
        """Raises `ConfigError` with the path of the bad key."""
        ConfigReader(config).no_others()
        return SignInConfig()

    async def signed_in(self, user_id: str, response: LoginResponse) -> None:
        """Called by `/login`: begin the session, and note it."""
        await self._sessions.begin(user_id, response)
        device_id = str(response.get("device_id") or "")
        await self._sign_ins.add(user_id, current_request(), Ending.DONE, device_id=device_id)
        await self._audit.record(Action.SIGN_IN.value, Outcome.DONE, user_id, device_id=device_id)

    async def kept_out(self, user_id: str, error: SynapseError) -> None:
        """Called by `/login`: the rule that refused has noted it in the audit trail; the person's list lacks it."""
        await self._sign_ins.add(user_id, current_request(), Ending.REFUSED, reason=error.errcode)

    async def _every_few_minutes(self) -> None:
        await self._sessions.end()
        await self._sign_ins.purge()
        await self._lockout.purge()
        await self._links.purge()
