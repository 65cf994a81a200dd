"""What the bot has to tell people about devices, and what they told the bot.

The bridge takes notices away when it has told them: what it did not survive to tell is told by the next one.
"""

import json
from collections.abc import Iterable
from enum import StrEnum
from secrets import token_hex
from typing import Any

from attrs import frozen
from kairan.devices import Instruction, Verb
from kairan.zones import Zone, zone_of

from kairan_modules.synapse_compat import CurrentRequest, LoggingTransaction, ModuleApi

KEPT = 2 * 24 * 3600 * 1000
"""Milliseconds after which a notice that nobody fetched, and an instruction, are forgotten."""


class NoticeKind(StrEnum):
    """What is to be told: a device asks; it was approved or denied by an administrator; it has come in."""

    ASKED = "asked"
    APPROVED = "approved"
    DENIED = "denied"
    CERTIFIED = "certified"


@frozen
class Notice:
    """Something to tell `recipient` about the request with the ID `request`."""

    notice: str
    recipient: str
    kind: NoticeKind
    request: str


@frozen
class SeenInstruction:
    """An instruction as it passed the modules, with the zone and device that it was sent from."""

    event_id: str
    user_id: str
    device_id: str
    zone: Zone
    address: str
    instruction: Instruction
    outcome: dict[str, Any] | None


class DeviceNotices:
    """Notices and instructions."""

    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def outstanding(self, limit: int) -> list[Notice]:
        """What the bot has not told yet, the oldest first."""

        def select(txn: LoggingTransaction) -> list[Notice]:
            txn.execute(
                """
                SELECT notice, recipient, kind, request FROM kairan_device_notices ORDER BY created_ts, notice LIMIT ?
                """,
                (limit,),
            )
            return [Notice(notice, to, NoticeKind(kind), request) for notice, to, kind, request in txn.fetchall()]

        return await self._api.run_db_interaction("kairan_device_notices", select)

    async def add(self, kind: NoticeKind, request: str, recipients: Iterable[str]) -> None:
        """Let the bot tell these people."""
        now = self._api.get_current_time_msec()
        await self._api.run_db_interaction(
            "kairan_add_device_notices", insert_notices, kind, request, list(recipients), now
        )

    async def told(self, notice: str) -> None:
        """The bot has told this one, or nobody needs to hear it any more."""

        def delete(txn: LoggingTransaction) -> None:
            txn.execute("DELETE FROM kairan_device_notices WHERE notice = ?", (notice,))

        await self._api.run_db_interaction("kairan_device_notice_told", delete)

    async def saw(
        self, event_id: str, user_id: str, device_id: str, request: CurrentRequest, said: Instruction
    ) -> None:
        """Note an instruction with where it came from."""
        now = self._api.get_current_time_msec()

        def insert(txn: LoggingTransaction) -> None:
            txn.execute("DELETE FROM kairan_device_instructions WHERE seen_ts < ?", (now - KEPT,))
            txn.execute("DELETE FROM kairan_device_notices WHERE created_ts < ?", (now - KEPT,))
            txn.execute(
                """
                INSERT INTO kairan_device_instructions
                    (event_id, user_id, device_id, zone, address, verb, argument, seen_ts)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                (
                    *(event_id, user_id, device_id, request.zone.value, request.address),
                    *(said.verb.value, said.argument, now),
                ),
            )

        await self._api.run_db_interaction("kairan_saw_device_instruction", insert)

    async def instruction(self, event_id: str) -> SeenInstruction | None:
        """The instruction that an event was, as seen on its way."""

        def select(txn: LoggingTransaction) -> list[tuple[Any, ...]]:
            txn.execute(
                """
                SELECT event_id, user_id, device_id, zone, address, verb, argument, outcome
                FROM kairan_device_instructions WHERE event_id = ?
                """,
                (event_id,),
            )
            return txn.fetchall()

        rows = await self._api.run_db_interaction("kairan_device_instruction", select)
        if not rows:
            return None
        [(event_id, user_id, device_id, zone, address, verb, argument, outcome)] = rows
        return SeenInstruction(
            event_id=event_id,
            user_id=user_id,
            device_id=device_id,
            zone=zone_of(zone),
            address=address,
            instruction=Instruction(Verb(verb), argument),
            outcome=None if outcome is None else json.loads(outcome),
        )

    async def done(self, event_id: str, outcome: dict[str, Any]) -> None:
        """Keep what an instruction came to: asked again, it is answered again and not done twice."""

        def update(txn: LoggingTransaction) -> None:
            txn.execute(
                "UPDATE kairan_device_instructions SET outcome = ? WHERE event_id = ?",
                (json.dumps(outcome), event_id),
            )

        await self._api.run_db_interaction("kairan_device_instruction_done", update)


def insert_notices(
    txn: LoggingTransaction, kind: NoticeKind, request: str, recipients: Iterable[str], now: int
) -> None:
    """Let the bot tell these people, with the change that they are told of."""
    txn.execute_batch(
        "INSERT INTO kairan_device_notices (notice, recipient, kind, request, created_ts) VALUES (?, ?, ?, ?, ?)",
        [(token_hex(12), recipient, kind.value, request, now) for recipient in recipients],
    )
