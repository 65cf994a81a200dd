"""Links that let a person set their password once. Only digests are kept."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from kairan_modules.store.rows import AT_ONCE, placeholders
from kairan_modules.synapse_compat import LoggingTransaction, ModuleApi

LIFE: Final = 14 * 24 * 3600 * 1000
"""Milliseconds for which a link works."""


class ActivationStore:
    """Reads and writes links by their tokens."""

    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def issue(self, tokens: Mapping[str, str]) -> int:
        """Keep a new token for each user ID, in place of those that they had; returns when they run out."""
        now = self._api.get_current_time_msec()
        rows = [(_digest(token), user_id, now, now + LIFE) for user_id, token in tokens.items()]

        def replace(txn: LoggingTransaction) -> None:
            _delete(txn, list(tokens))
            txn.execute_batch(
                "INSERT INTO kairan_activations (digest, user_id, issued_ts, expires_ts) VALUES (?, ?, ?, ?)", rows
            )

        await self._api.run_db_interaction("kairan_issue_activations", replace)
        return now + LIFE

    async def owner(self, token: str) -> str | None:
        """Whose link this is; None where it does not work, or no longer."""
        return await self._api.run_db_interaction("kairan_activation", self._select, token)

    async def use(self, token: str) -> str | None:
        """The same, and end every link of that person. Of two uses at once, one finds nothing."""

        def use(txn: LoggingTransaction) -> str | None:
            user_id = self._select(txn, token)
            if user_id is None:
                return None
            txn.execute("DELETE FROM kairan_activations WHERE digest = ?", (_digest(token),))
            if not txn.rowcount:
                return None
            _delete(txn, [user_id])
            return user_id

        return await self._api.run_db_interaction("kairan_use_activation", use)

    async def purge(self) -> None:
        """Delete what has run out."""
        now = self._api.get_current_time_msec()

        def delete(txn: LoggingTransaction) -> None:
            txn.execute("DELETE FROM kairan_activations WHERE expires_ts <= ?", (now,))

        await self._api.run_db_interaction("kairan_purge_activations", delete)

    def _select(self, txn: LoggingTransaction, token: str) -> str | None:
        txn.execute(
            "SELECT user_id FROM kairan_activations WHERE digest = ? AND expires_ts > ?",
            (_digest(token), self._api.get_current_time_msec()),
        )
        row = txn.fetchone()
        return None if row is None else str(row[0])


def _delete(txn: LoggingTransaction, user_ids: Sequence[str]) -> None:
    for start in range(0, len(user_ids), AT_ONCE):
        part = user_ids[start : start + AT_ONCE]
        txn.execute(f"DELETE FROM kairan_activations WHERE user_id IN ({placeholders(part)})", tuple(part))  # noqa: S608


def _digest(token: str) -> str:
    # A random token of 128 bits needs no salt and no slow hash.
    return sha256(token.encode()).hexdigest()
