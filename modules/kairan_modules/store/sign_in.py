"""The list of sign-ins of each person, misses included, for 90 days."""

from enum import StrEnum
from secrets import token_hex
from typing import Final

from attrs import frozen

from kairan_modules.synapse_compat import CurrentRequest, LoggingTransaction, ModuleApi

KEPT: Final = 90 * 24 * 3600 * 1000
"""Milliseconds."""

_COLUMNS = "entry, user_id, ts, device_id, zone, address, client, outcome, reason"
_LONGEST_CLIENT = 300


class Ending(StrEnum):
    """How a sign-in ended."""

    DONE = "done"
    MISSED = "missed"
    """The password was wrong."""
    LOCKED_OUT = "locked_out"
    """The password was not looked at."""
    REFUSED = "refused"
    """It was the person, and a rule or the account's state refused it."""


@frozen
class SignInEntry:
    """One line of the list. `entry` orders them, `ts` is in milliseconds; `reason` is an error code or empty."""

    entry: str
    user_id: str
    ts: int
    device_id: str
    zone: str
    address: str
    client: str
    outcome: str
    reason: str


class SignInStore:
    """Reads and writes the list."""

    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def add(
        self, user_id: str, request: CurrentRequest, ending: Ending, *, device_id: str = "", reason: str = ""
    ) -> None:
        """Note how a sign-in ended. `user_id` is empty where there is no such account."""
        now = self._api.get_current_time_msec()
        client = request.user_agent[:_LONGEST_CLIENT]
        rest = (user_id, now, device_id, request.zone.value, request.address, client, ending.value, reason)

        def insert(txn: LoggingTransaction) -> None:
            txn.execute(
                f"INSERT INTO kairan_sign_ins ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                (f"{now:014d}-{token_hex(4)}", *rest),
            )

        await self._api.run_db_interaction("kairan_sign_in", insert)

    async def entries(self, user_id: str, *, before: str = "", limit: int = 20) -> list[SignInEntry]:
        """The newest of a person that are not too old, older than the entry `before`."""
        since = self._api.get_current_time_msec() - KEPT
        condition, values = ("AND entry < ?", (before,)) if before else ("", ())

        def select(txn: LoggingTransaction) -> list[SignInEntry]:
            txn.execute(
                f"""
                SELECT {_COLUMNS} FROM kairan_sign_ins WHERE user_id = ? AND ts >= ? {condition}
                ORDER BY entry DESC LIMIT ?
                """,  # noqa: S608
                (user_id, since, *values, limit),
            )
            return [SignInEntry(*row) for row in txn.fetchall()]

        return await self._api.run_db_interaction("kairan_sign_ins", select)

    async def knows(self, user_id: str, zone: str, address: str) -> bool:
        """Whether the person has signed in from exactly this address of this network, in the time that is kept."""
        since = self._api.get_current_time_msec() - KEPT

        def select(txn: LoggingTransaction) -> bool:
            txn.execute(
                """
                SELECT 1 FROM kairan_sign_ins
                WHERE user_id = ? AND ts >= ? AND zone = ? AND address = ? AND outcome = ? LIMIT 1
                """,
                (user_id, since, zone, address, Ending.DONE.value),
            )
            return txn.fetchone() is not None

        return await self._api.run_db_interaction("kairan_known_address", select)

    async def purge(self) -> None:
        """Delete what is too old to be shown."""
        before = self._api.get_current_time_msec() - KEPT

        def delete(txn: LoggingTransaction) -> None:
            txn.execute("DELETE FROM kairan_sign_ins WHERE ts < ?", (before,))

        await self._api.run_db_interaction("kairan_purge_sign_ins", delete)
