"""First passwords: random, given out by an administrator, good for one sign-in."""

import unicodedata

import bcrypt

from kairan_modules.synapse_compat import LoggingTransaction, ModuleApi, password_hash, password_pepper

SHORTEST = 12
"""Characters; what `kairan apply` makes has 16 of an alphabet of 32, 80 bits."""

LONGEST = 64
"""Characters; bcrypt looks at 72 bytes."""

_ROUNDS = 5
"""bcrypt's cost. Low, because thousands are hashed at once in April and 80 random bits cannot be searched at any cost;
a password that the person chooses is hashed by Synapse with the full `bcrypt_rounds`."""


class FirstPasswords:
    """Keeps which passwords are first ones, and lets each sign in once."""

    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def hashes(self, passwords: dict[str, str]) -> dict[str, str]:
        """Hash each as Synapse will check it; off the reactor, in the order given."""
        pepper = password_pepper(self._api)
        return await self._api.defer_to_thread(_hash_all, passwords, pepper)

    async def may_sign_in(self, user_id: str) -> bool:
        """Called for a sign-in by password that succeeded: False for a first password that was used before.

        The question is also the use: of two sign-ins at once, one is refused.
        """
        current = await password_hash(self._api, user_id)

        def use(txn: LoggingTransaction) -> bool:
            txn.execute("SELECT password_hash, used_ts FROM kairan_first_passwords WHERE user_id = ?", (user_id,))
            row = txn.fetchone()
            if row is None or row[0] != current:
                # None was given, or the person has chosen their own since.
                return True
            txn.execute(
                "UPDATE kairan_first_passwords SET used_ts = ? WHERE user_id = ? AND used_ts IS NULL",
                (self._api.get_current_time_msec(), user_id),
            )
            return bool(txn.rowcount)

        return await self._api.run_db_interaction("kairan_use_first_password", use)

    async def was_given(self, user_id: str, password: str) -> bool:
        """Whether this is the first password that the person was given, used or not."""

        def select(txn: LoggingTransaction) -> str | None:
            txn.execute("SELECT password_hash FROM kairan_first_passwords WHERE user_id = ?", (user_id,))
            row = txn.fetchone()
            return None if row is None else str(row[0])

        given = await self._api.run_db_interaction("kairan_first_password", select)
        return given is not None and await self._api.defer_to_thread(_fits, password, given, password_pepper(self._api))


def remember_first_passwords(txn: LoggingTransaction, hashes: dict[str, str], now_ms: int) -> None:
    """Note these hashes, by user ID, as first passwords."""
    txn.execute_batch(
        """
        INSERT INTO kairan_first_passwords (user_id, password_hash, issued_ts, used_ts) VALUES (?, ?, ?, NULL)
        ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash,
            issued_ts = excluded.issued_ts, used_ts = NULL
        """,
        [(user_id, password_hash, now_ms) for user_id, password_hash in hashes.items()],
    )


def _hash_all(passwords: dict[str, str], pepper: str) -> dict[str, str]:
    return {
        key: bcrypt.hashpw(_hashed_bytes(password, pepper), bcrypt.gensalt(_ROUNDS)).decode("ascii")
        for key, password in passwords.items()
    }


def _fits(password: str, stored: str, pepper: str) -> bool:
    return bcrypt.checkpw(_hashed_bytes(password, pepper), stored.encode("ascii"))


def _hashed_bytes(password: str, pepper: str) -> bytes:
    return (unicodedata.normalize("NFKC", password) + pepper).encode()[:72]
