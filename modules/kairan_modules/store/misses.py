"""Counts of wrong passwords, shared by all workers and kept over restarts."""

from collections.abc import Iterable, Mapping

from kairan.lockout import RULES, Misses, Scope, forgotten_after, missed

from kairan_modules.store.rows import placeholders
from kairan_modules.synapse_compat import LoggingTransaction, ModuleApi


class MissStore:
    """Reads and writes counts by the keys of `kairan.lockout.keys`."""

    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def counts(self, keys: Mapping[Scope, str]) -> dict[Scope, Misses]:
        """The counts that there are; one that is missing is zero."""
        return await self._api.run_db_interaction("kairan_misses", _select, keys)

    async def miss(self, keys: Mapping[Scope, str], now: int) -> dict[Scope, Misses]:
        """Count one more miss under each key; returns the counts after it."""

        def count(txn: LoggingTransaction) -> dict[Scope, Misses]:
            before = _select(txn, keys)
            after = {scope: missed(before.get(scope, Misses()), RULES[scope], now) for scope in keys}
            txn.execute_batch(
                """
                INSERT INTO kairan_misses (counted, misses, last_ts) VALUES (?, ?, ?)
                ON CONFLICT (counted) DO UPDATE SET misses = excluded.misses, last_ts = excluded.last_ts
                """,
                # In one order everywhere, so that two workers do not wait for each other.
                sorted((keys[scope], misses.count, misses.last) for scope, misses in after.items()),
            )
            return after

        return await self._api.run_db_interaction("kairan_miss", count)

    async def forget(self, keys: Iterable[str]) -> None:
        """Count from zero again."""
        wanted = sorted(keys)

        def delete(txn: LoggingTransaction) -> None:
            txn.execute(f"DELETE FROM kairan_misses WHERE counted IN ({placeholders(wanted)})", tuple(wanted))  # noqa: S608

        await self._api.run_db_interaction("kairan_forget_misses", delete)

    async def purge(self, now: int) -> None:
        """Delete what means nothing any more."""
        before = now - max(forgotten_after(rule) for rule in RULES.values()) * 1000

        def delete(txn: LoggingTransaction) -> None:
            txn.execute("DELETE FROM kairan_misses WHERE last_ts < ?", (before,))

        await self._api.run_db_interaction("kairan_purge_misses", delete)


def _select(txn: LoggingTransaction, keys: Mapping[Scope, str]) -> dict[Scope, Misses]:
    scopes = {key: scope for scope, key in keys.items()}
    txn.execute(
        f"SELECT counted, misses, last_ts FROM kairan_misses WHERE counted IN ({placeholders(list(scopes))})",  # noqa: S608
        tuple(scopes),
    )
    return {scopes[key]: Misses(count, last) for key, count, last in txn.fetchall()}
