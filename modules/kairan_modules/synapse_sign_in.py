"""The private parts of Synapse that signing in needs, under the rule of `synapse_compat.py`. Known good: 1.163.

Each name here has a contract test in `tests/homeserver/test_synapse_sign_in.py`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from attrs import frozen
from synapse.handlers.oidc import OidcMappingProvider, Token, UserAttributeDict
from synapse.handlers.sso import MappingException
from synapse.rest.client.account import PasswordRestServlet
from synapse.rest.client.login import SsoRedirectServlet

from kairan_modules.synapse_compat import LoggingTransaction, ModuleApi, homeserver

__all__ = [
    "LocalAccount",
    "MappingException",
    "OidcMappingProvider",
    "PasswordRestServlet",
    "SsoRedirectServlet",
    "Token",
    "UserAttributeDict",
    "UserInfo",
    "guard_local_passwords",
    "identity_providers",
    "limit_session",
    "local_account",
    "set_password",
    "spend_a_password_check",
]

UserInfo = Mapping[str, Any]
"""The claims that an OIDC provider makes of somebody."""

PasswordGuard = Callable[[str, Callable[[], Awaitable[str | None]]], Awaitable[str | None]]
"""Takes the user ID that a password is tried for and the check, which gives the account's user ID or None."""


def guard_local_passwords(api: ModuleApi, guard: PasswordGuard) -> None:
    """Put a guard around every check of a password in this process (`AuthHandler._check_local_password`).

    It is the one method by which `/login` and user-interactive authentication look at a password, after the
    identifier of whatever kind was turned into a user ID. Callbacks of password providers cannot refuse: Synapse goes
    on to it whatever they say, and swallows their exceptions.
    """
    handler = homeserver(api).get_auth_handler()
    check = handler._check_local_password

    async def guarded(user_id: str, password: str) -> str | None:
        return await guard(user_id, lambda: check(user_id, password))

    handler._check_local_password = guarded  # type: ignore[method-assign]


@frozen
class LocalAccount:
    """An account: its user ID, and the cost of its password's hash as bcrypt counts it; "" and 0 for none."""

    user_id: str = ""
    rounds: int = 0


async def local_account(api: ModuleApi, user_id: str) -> LocalAccount:
    """The account that Synapse takes for this user ID, which may be written in capitals.

    As `AuthHandler._find_user_id_and_pwd_hash` has it, from `get_users_by_id_case_insensitive`.
    """
    hashes = await homeserver(api).get_datastores().main.get_users_by_id_case_insensitive(user_id)
    found = user_id if user_id in hashes else next(iter(hashes), "") if len(hashes) == 1 else ""
    # $2b$12$…
    return LocalAccount(found, int(hashes[found].split("$")[2]) if hashes.get(found) else 0)


async def spend_a_password_check(api: ModuleApi, account: LocalAccount) -> None:
    """Take as long as checking a full hash does, unless checking the account's own password just did.

    An account that does not exist has no hash to check, and first passwords have cheap ones; the clock would tell.
    """
    handler = homeserver(api).get_auth_handler()
    if account.rounds < handler.bcrypt_rounds:
        # 22 characters of salt and 31 of a hash: well-formed, and the hash of nothing.
        await handler.validate_hash("", f"$2b${handler.bcrypt_rounds:02d}${'.' * 53}")


async def set_password(api: ModuleApi, user_id: str, password: str) -> None:
    """Give an account a password and sign all its devices out (`SetPasswordHandler.set_password`)."""
    hs = homeserver(api)
    hashed = await hs.get_auth_handler().hash(password)
    await hs.get_set_password_handler().set_password(user_id, hashed, logout_devices=True)


async def limit_session(api: ModuleApi, user_id: str, device_id: str, ends_ms: int) -> None:
    """Let the tokens of a device end at a moment at the latest, and what they are refreshed to as well.

    Writes `access_tokens.valid_until_ms`, `refresh_tokens.expiry_ts` and `.ultimate_session_expiry_ts`; workers forget
    the tokens that they know (`get_user_by_access_token`).
    """
    store = homeserver(api).get_datastores().main

    def limit(txn: LoggingTransaction) -> None:
        device = (user_id, device_id)
        txn.execute(
            """
            UPDATE access_tokens SET valid_until_ms = ?
            WHERE user_id = ? AND device_id = ? AND (valid_until_ms IS NULL OR valid_until_ms > ?)
            """,
            (ends_ms, *device, ends_ms),
        )
        for column in ("expiry_ts", "ultimate_session_expiry_ts"):
            txn.execute(
                f"""
                UPDATE refresh_tokens SET {column} = ?
                WHERE user_id = ? AND device_id = ? AND ({column} IS NULL OR {column} > ?)
                """,  # noqa: S608
                (ends_ms, *device, ends_ms),
            )
        txn.execute("SELECT token FROM access_tokens WHERE user_id = ? AND device_id = ?", device)
        tokens = [(row[0],) for row in txn.fetchall()]
        store._invalidate_cache_and_stream_bulk(txn, store.get_user_by_access_token, tokens)

    await api.run_db_interaction("kairan_limit_session", limit)


def identity_providers(api: ModuleApi) -> dict[str, str]:
    """The address to which each configured OIDC provider sends browsers back, by its ID; empty for none.

    `oidc_providers[].redirect_uri`, or the callback below `public_baseurl`.
    """
    config = homeserver(api).config.oidc
    if not config.oidc_enabled:
        return {}
    return {each.idp_id: each.redirect_uri or config.oidc_callback_url for each in config.oidc_providers}
