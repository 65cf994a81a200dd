"""The audit trail: every refusal and every certification, kept for the organisations of the person concerned."""

from enum import StrEnum
from secrets import token_hex

from attrs import frozen
from kairan.errors import ErrorCode
from kairan.organizations import OrganizationKey
from kairan.people import own_organizations, today

from kairan_modules.metrics import Metrics
from kairan_modules.rest.errors import refusal
from kairan_modules.store import RegistryStore
from kairan_modules.synapse_compat import (
    CurrentRequest,
    LoggingTransaction,
    ModuleApi,
    SynapseError,
    current_request,
)

_COLUMNS = "entry, organization, ts, user_id, device_id, zone, address, action, outcome, reason, detail"
_LONGEST = 500


class Outcome(StrEnum):
    """How it ended."""

    REFUSED = "refused"
    DONE = "done"


@frozen
class Entry:
    """One line of the trail. `entry` orders them, `ts` is in milliseconds; `reason` is an error code or empty."""

    entry: str
    organization: OrganizationKey
    ts: int
    user_id: str
    device_id: str
    zone: str
    address: str
    action: str
    outcome: str
    reason: str
    detail: str


@frozen
class Search:
    """Which entries: those that fit everything that is not empty. `since` and `until` in milliseconds."""

    user_id: str = ""
    action: str = ""
    outcome: str = ""
    since: int = 0
    until: int = 0


class Audit:
    """Writes and reads the trail."""

    def __init__(self, api: ModuleApi, store: RegistryStore) -> None:
        self._api = api
        self._store = store
        self._metrics = Metrics(api.server_name)

    async def record(
        self,
        action: str,
        outcome: Outcome,
        user_id: str,
        *,
        device_id: str = "",
        reason: str = "",
        detail: str = "",
        request: CurrentRequest | None = None,
    ) -> None:
        """Note what happened to or by a person, for each organisation in which they have a current posting.

        Args:
            action: a word for it, such as one of `kairan.zones.Action`.
            request: what was asked, where it is not the request that is being served.
        """
        asked = request or current_request()
        organizations = own_organizations(await self._store.postings(user_id), today())
        now = self._api.get_current_time_msec()
        number = f"{now:014d}-{token_hex(4)}"
        rest = (user_id, device_id, asked.zone.value, asked.address, action, outcome.value, reason, detail[:_LONGEST])

        def insert(txn: LoggingTransaction) -> None:
            txn.execute_batch(
                f"INSERT INTO kairan_audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                # Someone without an organisation is noted too, where only the operator looks.
                [(number, organization, now, *rest) for organization in organizations or [OrganizationKey("")]],
            )

        await self._api.run_db_interaction("kairan_audit", insert)

    async def refuse(
        self, code: ErrorCode, action: str, user_id: str, *, device_id: str = "", detail: str = "", status: int = 403
    ) -> SynapseError:
        """Note a refusal and return the error to raise."""
        self._metrics.refused(code)
        await self.record(action, Outcome.REFUSED, user_id, device_id=device_id, reason=code.value, detail=detail)
        return refusal(status, code)

    async def entries(
        self, organization: OrganizationKey, search: Search, *, before: str = "", limit: int = 100
    ) -> list[Entry]:
        """The newest entries of one organisation that fit, older than the entry `before`."""
        conditions: list[str] = ["organization = ?"]
        values: list[str | int] = [organization]
        for condition, value in (
            ("user_id = ?", search.user_id),
            ("action = ?", search.action),
            ("outcome = ?", search.outcome),
            ("ts >= ?", search.since),
            ("ts < ?", search.until),
            ("entry < ?", before),
        ):
            if value:
                conditions.append(condition)
                values.append(value)

        def select(txn: LoggingTransaction) -> list[Entry]:
            txn.execute(
                f"SELECT {_COLUMNS} FROM kairan_audit WHERE {' AND '.join(conditions)} ORDER BY entry DESC LIMIT ?",  # noqa: S608
                (*values, limit),
            )
            return [Entry(*row) for row in txn.fetchall()]

        return await self._api.run_db_interaction("kairan_audit_entries", select)
