"""Stands around every check of a password: not looked at during a lockout, counted when wrong.

Whether there is such an account makes no difference to what is answered, counted, noted or how long it takes.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from kairan.errors import ErrorCode, sentence
from kairan.lockout import RULES, Misses, Scope, keys, network_of, remaining
from kairan.zones import Action

from kairan_modules.audit import Audit, Outcome
from kairan_modules.store.misses import MissStore
from kairan_modules.store.sign_in import Ending, SignInStore
from kairan_modules.synapse_compat import (
    CurrentRequest,
    ModuleApi,
    SynapseError,
    current_request,
    linearizer,
)
from kairan_modules.synapse_sign_in import guard_local_passwords, local_account, spend_a_password_check

_AT_ONCE_PER_ADDRESS: Final = 8
"""Checks of one address that run at once in a process: so many more misses than counted are possible."""


class Lockout:
    """Counts misses by account and address, and refuses while a wait lasts: `429 JP.KAIRAN.LOCKED_OUT`."""

    def __init__(self, api: ModuleApi, audit: Audit, sign_ins: SignInStore) -> None:
        self._api = api
        self._audit = audit
        self._sign_ins = sign_ins
        self._misses = MissStore(api)
        self._addresses = linearizer(api, "kairan_password_addresses", _AT_ONCE_PER_ADDRESS)
        self._accounts = linearizer(api, "kairan_password_accounts")

    def register(self) -> None:
        """From now on every check of a password of a local account passes here."""
        guard_local_passwords(self._api, self._guard)

    async def forgive(self, user_id: str) -> None:
        """Count an account from zero again, from the address of the current request."""
        found = _keys(user_id, current_request())
        await self._misses.forget([found[Scope.PAIR], found[Scope.ACCOUNT]])

    async def guarded(self, secret: str, check: Callable[[], Awaitable[bool]]) -> bool:
        """The same for another secret than a password: `secret` names it, `check` says whether it was right.

        Raises:
            SynapseError: `LOCKED_OUT`.
        """
        asked = current_request()
        counted = _keys(secret, asked)
        # Everybody's links have one name: counted from everywhere, one person could close them to all.
        del counted[Scope.ACCOUNT]
        async with self._addresses.queue(counted[Scope.ADDRESS]):
            if wait := await self._wait(counted, "", asked):
                raise locked_out(wait)
            if await check():
                return True
            await self._misses.miss(counted, self._api.get_current_time_msec())
            return False

    async def purge(self) -> None:
        """Delete counts that mean nothing any more."""
        await self._misses.purge(self._api.get_current_time_msec())

    async def _guard(self, user_id: str, check: Callable[[], Awaitable[str | None]]) -> str | None:
        asked = current_request()
        counted = _keys(user_id, asked)
        # One after the other, so that tries sent at once are counted like those sent one by one.
        async with self._addresses.queue(counted[Scope.ADDRESS]), self._accounts.queue(counted[Scope.ACCOUNT]):
            account = await local_account(self._api, user_id)
            if wait := await self._wait(counted, account.user_id, asked):
                await self._note(account.user_id, Ending.LOCKED_OUT, ErrorCode.LOCKED_OUT)
                raise locked_out(wait)
            found = await check()
            if found is not None:
                await self._misses.forget([counted[Scope.PAIR], counted[Scope.ACCOUNT]])
                return found
            await spend_a_password_check(self._api, account)
            await self._missed(counted, account.user_id)
            return None

    async def _wait(self, counted: dict[Scope, str], account: str, asked: CurrentRequest) -> int:
        """Milliseconds that are left of the longest wait, 0 for none."""
        now = self._api.get_current_time_msec()
        counts = await self._misses.counts(counted)
        waits = {scope: remaining(misses, RULES[scope], now) for scope, misses in counts.items()}
        if waits.get(Scope.ACCOUNT) and await self._sign_ins.knows(account, asked.zone.value, asked.address):
            # Strangers elsewhere do not keep somebody out of where they have always signed in.
            del waits[Scope.ACCOUNT]
        return max(waits.values(), default=0)

    async def _missed(self, counted: dict[Scope, str], account: str) -> None:
        now = self._api.get_current_time_msec()
        counts = await self._misses.miss(counted, now)
        await self._note(account, Ending.MISSED)
        begun = [scope.value for scope in Scope if remaining(counts.get(scope, Misses()), RULES[scope], now)]
        if begun:
            await self._audit.record(
                "lockout", Outcome.DONE, account, reason=ErrorCode.LOCKED_OUT.value, detail=" ".join(begun)
            )

    async def _note(self, account: str, ending: Ending, code: ErrorCode | None = None) -> None:
        reason = code.value if code else "M_FORBIDDEN"
        await self._sign_ins.add(account, current_request(), ending, reason=reason)
        await self._audit.record(Action.SIGN_IN.value, Outcome.REFUSED, account, reason=reason, detail=ending.value)


def locked_out(wait: int) -> SynapseError:
    """The refusal, with the milliseconds to wait in the form of `M_LIMIT_EXCEEDED`."""
    seconds = -(-wait // 1000)
    text = sentence(ErrorCode.LOCKED_OUT, f"{seconds} 秒後 / in {seconds} s")
    return SynapseError(
        429, text, ErrorCode.LOCKED_OUT.value, {"retry_after_ms": wait}, headers={"Retry-After": str(seconds)}
    )


def _keys(name: str, asked: CurrentRequest) -> dict[Scope, str]:
    return keys(name, asked.zone, network_of(asked.address))
