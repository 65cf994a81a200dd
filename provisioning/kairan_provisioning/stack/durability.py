"""A module for Synapse, for the demonstration only: SQLite waits for the disk at checkpoints, not at each commit.

Most of what filling a server costs is that wait. With a write-ahead log the database stays whole either
way; what a power cut may lose is the last moments. https://www.sqlite.org/pragma.html#pragma_synchronous
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapse.module_api import ModuleApi
    from synapse.storage.database import LoggingTransaction


class RelaxedSqlite:
    """Synapse has one connection to SQLite, so setting it there once is enough."""

    def __init__(self, config: object, api: "ModuleApi") -> None:
        self._api = api
        api.delayed_background_call(0, self._relax)

    async def _relax(self) -> None:
        await self._api.run_db_interaction("relax_sqlite", _relax)


def _relax(txn: "LoggingTransaction") -> None:
    # No transaction has begun yet: sqlite3 begins one at the first change.
    txn.execute("PRAGMA synchronous = NORMAL")
