"""Accounts and display names, a thousand at a time.

Relies on, in Synapse 1.163:

- the tables `users`, `profiles`, `user_stats_current` as `RegistrationStore._register_user` writes them, and
  `_set_profile_field_txn`; the settings that it looks at (`_account_validity_enabled`, `stats_enabled`,
  `default_user_type`)
- `_update_profiles_in_user_dir_txn` and the tables `user_directory` and `user_directory_search`: Synapse's own user
  directory
- `_invalidate_cache_and_stream_bulk`, which also reaches workers, for the only cache that knows that an account does
  not exist, `get_user_by_id`

Left out of what registering does: spam checks, limits on the number of users and automatic joining of rooms.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen
from synapse.api.constants import ProfileUpdateAction
from synapse.server import HomeServer
from synapse.storage.database import LoggingTransaction, make_in_list_sql_clause
from synapse.storage.databases.main import DataStore
from synapse.storage.databases.main.user_directory import _filter_text_for_index, _UserDirProfile
from synapse.storage.engines import PostgresEngine
from synapse.types import UserID

_ROWS: Final = 1000
"""Accounts per transaction."""


@frozen
class NewAccount:
    """A local account to be made."""

    user_id: str
    display_name: str
    password_hash: str | None = None
    """As bcrypt gives it, of the password with Synapse's pepper. Without one there is no signing in by password."""


async def create_accounts(hs: HomeServer, accounts: Sequence[NewAccount]) -> set[str]:
    """Make accounts, and return the user IDs of those that are new. The others are left as they are."""
    store = hs.get_datastores().main
    made: set[str] = set()
    for start in range(0, len(accounts), _ROWS):
        rows = {account.user_id: account for account in accounts[start : start + _ROWS]}
        made |= await store.db_pool.runInteraction("kairan_create_accounts", _create_accounts_txn, hs, store, rows)
    return made


def _create_accounts_txn(
    txn: LoggingTransaction, hs: HomeServer, store: DataStore, accounts: Mapping[str, NewAccount]
) -> set[str]:
    db_pool = store.db_pool
    taken = db_pool.simple_select_many_txn(
        txn, table="users", column="name", iterable=accounts, keyvalues={}, retcols=("name",)
    )
    fresh = [accounts[user_id] for user_id in accounts.keys() - {name for (name,) in taken}]
    now = int(hs.get_clock().time())
    user_type = hs.config.user_types.default_user_type
    db_pool.simple_insert_many_txn(
        txn,
        "users",
        ("name", "password_hash", "creation_ts", "is_guest", "admin", "user_type", "shadow_banned", "approved"),
        [(account.user_id, account.password_hash, now, 0, 0, user_type, False, True) for account in fresh],
    )
    # A profile may be there already: Synapse sets profile fields of accounts that do not exist yet.
    _set_names_txn(txn, store, {account.user_id: account.display_name for account in fresh})
    if store._account_validity_enabled:
        for account in fresh:
            store.set_expiration_date_for_user_txn(txn, account.user_id)
    if hs.config.stats.stats_enabled:
        token = store._get_max_stream_id_in_current_state_deltas_txn(txn)
        db_pool.simple_upsert_many_txn(
            txn,
            table="user_stats_current",
            key_names=("user_id",),
            key_values=[(account.user_id,) for account in fresh],
            value_names=("joined_rooms", "completed_delta_stream_id"),
            value_values=[(0, token)] * len(fresh),
        )
    keys = [(account.user_id,) for account in fresh]
    store._invalidate_cache_and_stream_bulk(txn, store.get_user_by_id, keys)
    return {account.user_id for account in fresh}


async def set_display_names(hs: HomeServer, names: Mapping[str, str]) -> None:
    """Give local accounts display names, by user ID.

    Rooms go on showing the old one until `set_memberships` tells them. Other modules are not asked or told
    (`on_profile_update`).
    """
    store = hs.get_datastores().main
    items = list(names.items())

    def update(txn: LoggingTransaction, part: Mapping[str, str]) -> None:
        _set_names_txn(txn, store, part)
        if hs.config.server.include_profile_updates_in_sync:
            for user_id in part:
                store.record_profile_updates_txn(
                    txn=txn, users={user_id}, action=ProfileUpdateAction.UPDATE, field_names=["displayname"]
                )

    for start in range(0, len(items), _ROWS):
        await store.db_pool.runInteraction("kairan_set_display_names", update, dict(items[start : start + _ROWS]))


def _set_names_txn(txn: LoggingTransaction, store: DataStore, names: Mapping[str, str]) -> None:
    store.db_pool.simple_upsert_many_txn(
        txn,
        table="profiles",
        key_names=("user_id",),
        key_values=[(UserID.from_string(user_id).localpart,) for user_id in names],
        value_names=("full_user_id", "displayname"),
        value_values=list(names.items()),
    )
    avatars = dict(
        store.db_pool.simple_select_many_txn(
            txn,
            table="profiles",
            column="full_user_id",
            iterable=names,
            keyvalues={},
            retcols=("full_user_id", "avatar_url"),
        )
    )
    _index_txn(txn, store, [_UserDirProfile(user_id, name, avatars.get(user_id)) for user_id, name in names.items()])


def _index_txn(txn: LoggingTransaction, store: DataStore, profiles: Sequence[_UserDirProfile]) -> None:
    """Put profiles into Synapse's own user directory."""
    if isinstance(txn.database_engine, PostgresEngine):
        store._update_profiles_in_user_dir_txn(txn, profiles)
        return
    # On SQLite that reads the whole index for each profile, which has no key. This reads it once.
    store.db_pool.simple_upsert_many_txn(
        txn,
        table="user_directory",
        key_names=("user_id",),
        key_values=[(profile.user_id,) for profile in profiles],
        value_names=("display_name", "avatar_url"),
        value_values=[(profile.display_name, profile.avatar_url) for profile in profiles],
    )
    clause, arguments = make_in_list_sql_clause(
        txn.database_engine, "user_id", [profile.user_id for profile in profiles]
    )
    txn.execute(f"DELETE FROM user_directory_search WHERE {clause}", arguments)  # noqa: S608
    store.db_pool.simple_insert_many_txn(
        txn,
        "user_directory_search",
        ("user_id", "value"),
        [(p.user_id, f"{p.user_id} {_filter_text_for_index(p.display_name or '')}".rstrip()) for p in profiles],
    )
