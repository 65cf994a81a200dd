"""Sessions that were signed in on the Internet side end: so many days after, or after so many hours without use.

The days are written into the tokens at sign-in, so Synapse itself refuses them to the millisecond, on every worker and
for refresh tokens too. Use is known to Synapse to two minutes (`devices.last_seen`), and looked at every few minutes.
Nothing is written for a request.
"""

import logging
from collections.abc import Sequence
from typing import Final

from attrs import frozen
from kairan.organizations import Organization
from kairan.people import own_organizations, today
from kairan.policy import OrganizationPolicy, SessionRules, strictest_policy
from kairan.zones import Zone

from kairan_modules.audit import Audit, Outcome
from kairan_modules.store import RegistryStore
from kairan_modules.synapse_compat import (
    CurrentRequest,
    LoggingTransaction,
    LoginResponse,
    ModuleApi,
    current_request,
    delete_devices,
)
from kairan_modules.synapse_sign_in import limit_session

logger = logging.getLogger(__name__)

EVERY: Final = 5 * 60 * 1000
"""Milliseconds between two looks for sessions that have ended."""

_GRAIN: Final = 2 * 60 * 1000
"""By so many milliseconds Synapse's knowledge of the last use may be late."""

_HOUR: Final = 3600 * 1000
_DAY: Final = 24 * _HOUR


@frozen
class Session:
    """A session of the Internet side: when it was signed in and when it was last used, in milliseconds."""

    user_id: str
    device_id: str
    signed_in: int
    last_seen: int


class Sessions:
    """Limits new sessions, and ends those whose time is up."""

    def __init__(self, api: ModuleApi, store: RegistryStore, audit: Audit) -> None:
        self._api = api
        self._store = store
        self._audit = audit

    async def begin(self, user_id: str, response: LoginResponse) -> None:
        """A session was made by the current request: limit it. `Devices` notes by which side it was made."""
        rules = (await policy_of(self._store, user_id)).sessions
        if current_request().zone is not Zone.INTERNET or not rules.days:
            return
        left = rules.days * _DAY
        ends = self._api.get_current_time_msec() + left
        await limit_session(self._api, user_id, str(response.get("device_id") or ""), ends)
        response["expires_in_ms"] = min(response.get("expires_in_ms") or left, left)

    async def end(self) -> int:
        """Sign out every device whose session's time is up, and return how many."""
        now = self._api.get_current_time_msec()
        ended = 0
        for session in await self._candidates(now):
            rules = (await policy_of(self._store, session.user_id)).sessions
            if reason := _over(session, rules, now):
                await delete_devices(self._api, session.user_id, [session.device_id])
                await self._audit.record(
                    "session",
                    Outcome.DONE,
                    session.user_id,
                    device_id=session.device_id,
                    detail=reason,
                    # It was not the person who asked, and not from anywhere.
                    request=CurrentRequest(Zone.INTERNET),
                )
                ended += 1
        if ended:
            logger.info("%d sessions of the Internet side have ended", ended)
        return ended

    async def _candidates(self, now: int) -> list[Session]:
        """Sessions that the strictest rules of any organisation would end: few, of however many there are."""
        organizations = (await self._store.organizations()).by_key.values()
        strictest = strictest_policy([*(each.policy for each in organizations), OrganizationPolicy()]).sessions
        before = now - strictest.days * _DAY if strictest.days else 0
        unused = now - strictest.idle_hours * _HOUR if strictest.idle_hours else 0

        def select(txn: LoggingTransaction) -> list[Session]:
            txn.execute(
                """
                SELECT ours.user_id, ours.device_id, signed_in_ts, COALESCE(last_seen, 0)
                FROM kairan_devices AS ours INNER JOIN devices ON
                    devices.user_id = ours.user_id AND devices.device_id = ours.device_id
                WHERE zone = ? AND signed_in_ts IS NOT NULL AND NOT hidden
                    AND (signed_in_ts < ? OR (signed_in_ts < ? AND COALESCE(last_seen, 0) < ?))
                """,
                (Zone.INTERNET.value, before, unused, unused),
            )
            return [Session(*row) for row in txn.fetchall()]

        return await self._api.run_db_interaction("kairan_sessions", select)


async def policy_of(store: RegistryStore, user_id: str) -> OrganizationPolicy:
    """What holds for a person: the strictest of the organisations of their current postings."""
    return strictest_policy(organization.policy for organization in await organizations_of(store, user_id))


async def organizations_of(store: RegistryStore, user_id: str) -> Sequence[Organization]:
    """The organisations of a person's current postings, the main one first."""
    registered = (await store.organizations()).by_key
    own = own_organizations(await store.postings(user_id), today())
    return [registered[key] for key in own if key in registered]


def _over(session: Session, rules: SessionRules, now: int) -> str:
    """Why a session's time is up, in words for the audit trail; empty while it is not."""
    if rules.days and session.signed_in + rules.days * _DAY <= now:
        return f"{rules.days} days after signing in"
    used = max(session.last_seen, session.signed_in)
    if rules.idle_hours and used + rules.idle_hours * _HOUR + _GRAIN <= now:
        return f"{rules.idle_hours} hours without use"
    return ""
