"""Requests of devices to be let in: asked, decided, and used once."""

from collections.abc import Callable, Sequence
from secrets import randbelow, token_hex

from attrs import evolve, frozen
from kairan.devices import (
    APPROVAL_LIFE,
    MOST_A_DAY,
    MOST_PENDING,
    REQUEST_LIFE,
    Appearance,
    RequestState,
    number_of,
    same_device,
)
from kairan.organizations import OrganizationKey
from kairan.policy import SignIn

from kairan_modules.store.device_notices import NoticeKind, insert_notices
from kairan_modules.synapse_compat import LoggingTransaction, ModuleApi

_COLUMNS = "request, number, user_id, organization, mode, device_id, name, address, user_agent, created_ts, state"
_TRIES = 50


@frozen
class DeviceRequest:
    """One request. `mode` is who decides: the person (self) or the administrators of `organization` (admin).

    `device_id` is the one that the client asked for, or empty; `created_ts` is in milliseconds.
    """

    request: str
    number: str
    user_id: str
    organization: OrganizationKey
    mode: SignIn
    device_id: str
    appearance: Appearance
    created_ts: int
    state: RequestState


class DeviceRequests:
    """The requests of all people. Every method is one transaction."""

    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def ask(
        self,
        user_id: str,
        organization: OrganizationKey,
        mode: SignIn,
        device_id: str,
        appearance: Appearance,
        deciders: Sequence[str],
    ) -> tuple[DeviceRequest | None, bool]:
        """The request of a device that may not come in yet, and whether it is new. A repeated attempt has its old one.

        Args:
            deciders: whom the bot asks about a new one.
        Returns:
            None in place of the request when too many wait, or were made today.
        """
        now = self._api.get_current_time_msec()

        def ask(txn: LoggingTransaction) -> tuple[DeviceRequest | None, bool]:
            _expire(txn, now)
            recent = _select(txn, "user_id = ? AND created_ts > ?", user_id, now - REQUEST_LIFE)
            pending = [each for each in recent if each.state is RequestState.PENDING]
            for each in pending:
                if each.mode is mode and each.organization == organization and same_device(each.appearance, appearance):
                    return each, False
            if len(pending) >= MOST_PENDING or len(recent) >= MOST_A_DAY:
                return None, False
            made = DeviceRequest(
                request=token_hex(12),
                number="",
                user_id=user_id,
                organization=organization,
                mode=mode,
                device_id=device_id,
                appearance=appearance,
                created_ts=now,
                state=RequestState.PENDING,
            )
            made = evolve(made, number=_insert(txn, made))
            insert_notices(txn, NoticeKind.ASKED, made.request, deciders, now)
            return made, True

        return await self._api.run_db_interaction("kairan_ask_for_device", ask)

    async def claim(
        self, user_id: str, appearance: Appearance, fits: Callable[[DeviceRequest], bool]
    ) -> DeviceRequest | None:
        """Use up an approval for this device, if there is one that is not too old. Of two at once, one gets it."""
        now = self._api.get_current_time_msec()

        def claim(txn: LoggingTransaction) -> DeviceRequest | None:
            approved = _select(
                txn, "user_id = ? AND state = 'approved' AND decided_ts > ?", user_id, now - APPROVAL_LIFE
            )
            for each in approved:
                if same_device(each.appearance, appearance) and fits(each):
                    txn.execute(
                        "UPDATE kairan_device_requests SET state = 'used' WHERE request = ? AND state = 'approved'",
                        (each.request,),
                    )
                    if txn.rowcount:
                        return each
            return None

        return await self._api.run_db_interaction("kairan_claim_device_approval", claim)

    async def release(self, request: DeviceRequest) -> None:
        """Give back an approval whose sign-in came to nothing."""

        def release(txn: LoggingTransaction) -> None:
            txn.execute(
                "UPDATE kairan_device_requests SET state = 'approved' WHERE request = ? AND state = 'used'",
                (request.request,),
            )

        await self._api.run_db_interaction("kairan_release_device_approval", release)

    async def pending(self, number: str) -> DeviceRequest | None:
        """The request that waits under a number."""
        now = self._api.get_current_time_msec()

        def select(txn: LoggingTransaction) -> list[DeviceRequest]:
            return _select(txn, "number = ? AND state = 'pending' AND created_ts > ?", number, now - REQUEST_LIFE)

        found = await self._api.run_db_interaction("kairan_device_request", select)
        return found[0] if found else None

    async def by_id(self, request: str) -> DeviceRequest | None:
        """A request, however it stands."""

        def select(txn: LoggingTransaction) -> list[DeviceRequest]:
            return _select(txn, "request = ?", request)

        found = await self._api.run_db_interaction("kairan_device_request", select)
        return found[0] if found else None

    async def pending_of(self, user_id: str) -> list[DeviceRequest]:
        """The requests of a person that wait, the newest first."""
        return await self._waiting("user_id = ?", user_id)

    async def pending_in(self, organization: OrganizationKey) -> list[DeviceRequest]:
        """The requests that wait for an organisation or its people, the newest first."""
        return await self._waiting("organization = ?", organization)

    async def _waiting(self, condition: str, value: str) -> list[DeviceRequest]:
        now = self._api.get_current_time_msec()

        def select(txn: LoggingTransaction) -> list[DeviceRequest]:
            return _select(txn, f"{condition} AND state = 'pending' AND created_ts > ?", value, now - REQUEST_LIFE)

        return await self._api.run_db_interaction("kairan_device_requests", select)

    async def decide(self, request: DeviceRequest, state: RequestState, by: str, tell: Sequence[str]) -> bool:
        """Approve or deny a request that waits. False if someone was faster.

        Args:
            tell: whom the bot tells of it.
        """
        now = self._api.get_current_time_msec()
        kind = NoticeKind.APPROVED if state is RequestState.APPROVED else NoticeKind.DENIED

        def decide(txn: LoggingTransaction) -> bool:
            txn.execute(
                """
                UPDATE kairan_device_requests SET state = ?, decided_ts = ?, decided_by = ?
                WHERE request = ? AND state = 'pending'
                """,
                (state.value, now, by, request.request),
            )
            if not txn.rowcount:
                return False
            insert_notices(txn, kind, request.request, tell, now)
            return True

        return await self._api.run_db_interaction("kairan_decide_device_request", decide)

    async def cancel(self, user_id: str, by: str) -> None:
        """Deny all that waits of a person, and take back approvals that were not used."""
        now = self._api.get_current_time_msec()

        def cancel(txn: LoggingTransaction) -> None:
            txn.execute(
                """
                UPDATE kairan_device_requests SET state = 'denied', decided_ts = ?, decided_by = ?
                WHERE user_id = ? AND state IN ('pending', 'approved')
                """,
                (now, by, user_id),
            )

        await self._api.run_db_interaction("kairan_cancel_device_requests", cancel)


def _insert(txn: LoggingTransaction, request: DeviceRequest) -> str:
    """Insert the request under a number that no other request has; returns the number."""
    txn.execute("SELECT COUNT(*) FROM kairan_device_requests WHERE state = 'pending'")
    [(taken,)] = txn.fetchall()
    look = request.appearance
    for _ in range(_TRIES):
        number = number_of(randbelow(10**12), int(taken))
        txn.execute(
            f"INSERT INTO kairan_device_requests ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
            " ON CONFLICT DO NOTHING",
            (
                *(request.request, number, request.user_id, request.organization, request.mode.value),
                *(request.device_id, look.name, look.address, look.user_agent),
                *(request.created_ts, request.state.value),
            ),
        )
        if txn.rowcount:
            return number
    raise RuntimeError("no number is free for a request")


def _expire(txn: LoggingTransaction, now: int) -> None:
    # So that old numbers are free again. What was decided is in the audit trail.
    txn.execute("DELETE FROM kairan_device_requests WHERE created_ts <= ?", (now - REQUEST_LIFE - APPROVAL_LIFE,))


def _select(txn: LoggingTransaction, condition: str, *values: str | int) -> list[DeviceRequest]:
    txn.execute(
        f"SELECT {_COLUMNS} FROM kairan_device_requests WHERE {condition} ORDER BY created_ts DESC, request",  # noqa: S608
        values,
    )
    return [_request(*row) for row in txn.fetchall()]


def _request(
    request: str,
    number: str,
    user_id: str,
    organization: str,
    mode: str,
    device_id: str,
    name: str,
    address: str,
    user_agent: str,
    created_ts: int,
    state: str,
) -> DeviceRequest:
    return DeviceRequest(
        request=request,
        number=number,
        user_id=user_id,
        organization=OrganizationKey(organization),
        mode=SignIn(mode),
        device_id=device_id,
        appearance=Appearance(address=address, user_agent=user_agent, name=name),
        created_ts=created_ts,
        state=RequestState(state),
    )
