"""Avatars of local people, kept in memory: every search shows ten of them, and hardly any changes."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from kairan_modules.synapse_compat import (
    HomeServer,
    ModuleApi,
    avatar_urls,
    cached,
    cached_list,
    clock_of,
    follow_across_workers,
    homeserver,
    invalidate_across_workers,
)


class Avatars:
    """The `avatar_url` of each local user. Get it by `shared_avatars`."""

    def __init__(self, api: ModuleApi) -> None:
        self._api = api
        self.server_name = api.server_name
        self.clock = clock_of(api)
        follow_across_workers(api, self._avatar)
        api.register_third_party_rules_callbacks(on_profile_update=self.on_profile_update)

    async def of(self, user_ids: Iterable[str]) -> dict[str, str]:
        """The avatar of each of these who has one."""
        found = await self._avatars(list(user_ids))
        return {user_id: avatar for user_id, avatar in found.items() if avatar}

    async def on_profile_update(self, user_id: str, new_profile: Any, by_admin: bool, deactivation: bool) -> None:
        """Synapse calls this in the worker that changes a profile; the others hear of it by replication."""
        await invalidate_across_workers(self._api, self._avatar, user_id)

    @cached(max_entries=200_000)
    async def _avatar(self, user_id: str) -> str:
        return (await avatar_urls(self._api, [user_id])).get(user_id, "")

    @cached_list(cached_method_name="_avatar", list_name="user_ids")
    async def _avatars(self, user_ids: Collection[str]) -> Mapping[str, str]:
        found = await avatar_urls(self._api, user_ids)
        return {user_id: found.get(user_id, "") for user_id in user_ids}


_shared: "WeakKeyDictionary[HomeServer, Avatars]" = WeakKeyDictionary()


def shared_avatars(api: ModuleApi) -> Avatars:
    """The avatars of this homeserver process, made at the first call (which must be while modules load)."""
    key = homeserver(api)
    if key not in _shared:
        _shared[key] = Avatars(api)
    return _shared[key]
