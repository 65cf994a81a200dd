"""The one place that touches private parts of Synapse. Known good: 1.163.

Each name here has a contract test in `tests/homeserver/test_synapse_compat.py`, so that an upgrade
that moves one fails there and says which. Bulk writes (`synapse_bulk`) and signing in (`synapse_sign_in.py`)
have files of their own, under the same rule.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from attrs import evolve, frozen
from kairan.people import UserID
from kairan.zones import Zone, zone_of
from synapse.api.auth import Auth
from synapse.api.errors import InvalidClientTokenError, SynapseError
from synapse.events import EventBase
from synapse.http.server import DirectServeJsonResource, HttpServer, JsonResource, ServletCallback, finish_request
from synapse.http.servlet import (
    RestServlet,
    parse_boolean,
    parse_integer,
    parse_json_object_from_request,
    parse_string,
)
from synapse.http.site import SynapseRequest
from synapse.logging.context import current_context
from synapse.media._base import FileInfo
from synapse.media.media_repository import MediaRepository
from synapse.module_api import ModuleApi
from synapse.rest import ClientRestResource
from synapse.rest.admin import register_servlets as register_admin_servlets
from synapse.rest.admin.media import register_servlets_for_media_repo as register_media_admin_servlets
from synapse.rest.client._base import client_patterns
from synapse.rest.client.events import EventStreamRestServlet
from synapse.rest.client.login import LoginResponse, LoginRestServlet
from synapse.rest.client.matrixrtc import MatrixRTCRestServlet
from synapse.rest.client.media import DownloadResource as DownloadServlet
from synapse.rest.client.media import PreviewURLServlet
from synapse.rest.client.media import ThumbnailResource as ThumbnailServlet
from synapse.rest.client.profile import ProfileFieldRestServlet, ProfileRestServlet
from synapse.rest.client.room import (
    PublicRoomListRestServlet,
    RoomSendEventRestServlet,
    RoomStateEventRestServlet,
)
from synapse.rest.client.room_upgrade_rest_servlet import RoomUpgradeRestServlet
from synapse.rest.client.sendtodevice import SendToDeviceRestServlet
from synapse.rest.client.sync import SlidingSyncRestServlet, SyncRestServlet
from synapse.rest.client.user_directory import UserDirectorySearchRestServlet
from synapse.rest.client.voip import VoipRestServlet
from synapse.rest.media.download_resource import DownloadResource as OldDownloadServlet
from synapse.rest.media.media_repository_resource import MediaRepositoryResource
from synapse.rest.media.preview_url_resource import PreviewUrlResource as OldPreviewUrlServlet
from synapse.rest.media.thumbnail_resource import ThumbnailResource as OldThumbnailServlet
from synapse.server import HomeServer
from synapse.storage.database import LoggingDatabaseConnection, LoggingTransaction, make_conn
from synapse.synapse_rust.types import Requester
from synapse.types import JsonDict, create_requester
from synapse.types import UserID as SynapseUserID
from synapse.util.async_helpers import Linearizer
from synapse.util.caches import descriptors
from synapse.util.clock import Clock

__all__ = [
    "ClientRestResource",
    "Clock",
    "CurrentRequest",
    "DirectServeJsonResource",
    "DownloadServlet",
    "EventBase",
    "EventStreamRestServlet",
    "FileInfo",
    "HomeServer",
    "HttpServer",
    "JsonDict",
    "JsonResource",
    "Linearizer",
    "LoggingTransaction",
    "LoginResponse",
    "LoginRestServlet",
    "MatrixRTCRestServlet",
    "MediaRepository",
    "MediaRepositoryResource",
    "ModuleApi",
    "OldDownloadServlet",
    "OldPreviewUrlServlet",
    "OldThumbnailServlet",
    "PreviewURLServlet",
    "ProfileFieldRestServlet",
    "ProfileRestServlet",
    "PublicRoomListRestServlet",
    "PublishedRoom",
    "Requester",
    "RestServlet",
    "RoomSendEventRestServlet",
    "RoomStateEventRestServlet",
    "RoomUpgradeRestServlet",
    "SendToDeviceRestServlet",
    "ServletCallback",
    "SessionDevice",
    "SlidingSyncRestServlet",
    "SynapseError",
    "SynapseRequest",
    "SynapseUserID",
    "SyncRestServlet",
    "ThumbnailServlet",
    "UserDirectorySearchRestServlet",
    "VoipRestServlet",
    "avatar_urls",
    "banned_members",
    "cached",
    "cached_list",
    "check_every_request",
    "check_token_again",
    "client_listener_tags",
    "client_patterns",
    "client_patterns_of_ours",
    "clock_of",
    "create_requester",
    "current_path",
    "current_request",
    "delete_devices",
    "device_of",
    "devices_of",
    "end_all_sessions",
    "existing_accounts",
    "follow_across_workers",
    "forget",
    "homeserver",
    "inactive_accounts",
    "invalidate_across_workers",
    "is_local_upload",
    "is_main_process",
    "is_server_admin",
    "is_stored",
    "is_url_preview",
    "limit_directory_search",
    "linearizer",
    "lock_account",
    "media_repository",
    "owner_of_token",
    "parse_boolean",
    "parse_integer",
    "parse_json_object_from_request",
    "parse_string",
    "parsed_user_id",
    "password_hash",
    "password_pepper",
    "peer_of",
    "published_rooms",
    "register_admin_servlets",
    "register_media_admin_servlets",
    "rename_device",
    "request_zone",
    "requester_of",
    "respond_with_bytes",
    "room_members",
    "set_display_name",
    "share_a_room",
    "startup_connection",
    "unknown_token",
    "wrap_routes",
]


_Method = TypeVar("_Method", bound=Callable[..., Any])


def cached(*, max_entries: int) -> Callable[[_Method], _Method]:
    """Synapse's `@cached` for methods of an object with `server_name` and `clock`.

    Typed as the method that it wraps: Synapse types it by a mypy plugin that is not shipped.
    """
    return cast("Callable[[_Method], _Method]", descriptors.cached(max_entries=max_entries))


def cached_list(*, cached_method_name: str, list_name: str) -> Callable[[_Method], _Method]:
    """Synapse's `@cachedList`: many entries of a `cached` method at once, the missing ones by one call."""
    made = descriptors.cachedList(cached_method_name=cached_method_name, list_name=list_name)
    return cast("Callable[[_Method], _Method]", made)


def follow_across_workers(api: ModuleApi, method: Callable[..., Any]) -> None:
    """Let a `cached` method follow invalidations by other workers."""
    api.register_cached_function(cast(Any, method))


def forget(method: Callable[..., Any], *keys: str) -> None:
    """Drop an entry of a `cached` method in this worker."""
    cast(Any, method).invalidate(keys)


async def invalidate_across_workers(api: ModuleApi, method: Callable[..., Any], *keys: str) -> None:
    """Drop an entry of a `cached` method in this and in every other worker."""
    await api.invalidate_cache(cast(Any, method), keys)


def homeserver(api: ModuleApi) -> HomeServer:
    """The homeserver behind the module API (`ModuleApi._hs`), which resources and servlets are built with."""
    return api._hs


def clock_of(api: ModuleApi) -> Clock:
    """The homeserver's clock (`ModuleApi._clock`), which `@cached` asks its owner for."""
    return api._clock


def is_main_process(api: ModuleApi) -> bool:
    """Whether this process is the main one rather than a worker."""
    return api.worker_app is None


def client_listener_tags(api: ModuleApi) -> list[tuple[int, str, bool]]:
    """Index, tag and "serves clients" of each HTTP listener of this process, in the order of the configuration."""
    config = homeserver(api).config
    listeners = config.worker.worker_listeners if api.worker_app else config.server.listeners
    return [
        (index, listener.get_site_tag(), any("client" in resource.names for resource in options.resources))
        for index, listener in enumerate(listeners)
        if (options := getattr(listener, "http_options", None)) is not None
    ]


def client_patterns_of_ours(path_regex: str) -> list[re.Pattern[str]]:
    """The pattern of a call of our own REST API, for `RestServlet.PATTERNS`."""
    return [re.compile(f"^/_synapse/client/kairan/v1{path_regex}")]


def request_zone(request: SynapseRequest) -> Zone:
    """The zone of the listener that took this request (`SynapseRequest.synapse_site.site_tag`)."""
    return zone_of(request.synapse_site.site_tag)


@frozen
class CurrentRequest:
    """The request that is being served: its zone, the client's address and name, and who asks once that is known."""

    zone: Zone
    address: str = ""
    user_agent: str = ""
    user_id: str = ""


def current_request() -> CurrentRequest:
    """The request behind the running callback (`current_context().request`); background work is of no known zone."""
    request = current_context().request
    if request is None:
        return CurrentRequest(Zone.UNKNOWN)
    return CurrentRequest(
        zone_of(request.site_tag), request.ip_address or "", request.user_agent or "", request.requester or ""
    )


def requester_of(request: SynapseRequest) -> Requester:
    """Who sent a request that a servlet of Synapse has authenticated already (`SynapseRequest.requester`)."""
    found: Any = request.requester
    return cast(Requester, found)


def media_repository(api: ModuleApi) -> MediaRepository | None:
    """The media repository, None where this process serves no media."""
    hs = homeserver(api)
    return hs.get_media_repository() if hs.config.media.can_load_media_repo else None


def is_local_upload(file_info: FileInfo) -> bool:
    """Whether a file that is being stored is what a local person uploads, not derived from it or fetched."""
    return file_info.server_name is None and not file_info.thumbnail and not file_info.url_cache


def is_url_preview(file_info: FileInfo) -> bool:
    """Whether a file that is being stored was fetched for the preview of a web page."""
    return bool(file_info.url_cache)


def current_path() -> str:
    """The path and query of the request behind the running callback, as sent; empty for background work."""
    request = current_context().request
    return "" if request is None else request.url


def device_of(event: EventBase) -> str:
    """The device that sent an event of a local client; empty for others (`internal_metadata.device_id`)."""
    return str(getattr(event.internal_metadata, "device_id", None) or "")


async def is_stored(api: ModuleApi, event: EventBase) -> bool:
    """Whether the database has an event already (`have_seen_event`, cached by Synapse)."""
    store: Any = homeserver(api).get_datastores().main
    found: bool = await store.have_seen_event(event.room_id, event.event_id)
    return found


def check_every_request(api: ModuleApi, check: Callable[[SynapseRequest, Requester], Awaitable[None]]) -> None:
    """Call `check` with each request whose token was found good, before it is served (`Auth.get_user_by_req`).

    It is the one method by which servlets of the client, media, admin and our own API learn who asks.
    """
    auth = homeserver(api).get_auth()
    authenticate = auth.get_user_by_req

    async def checked(request: SynapseRequest, *args: Any, **kwargs: Any) -> Requester:
        requester = await authenticate(request, *args, **kwargs)
        await check(request, requester)
        return requester

    auth.get_user_by_req = checked  # type: ignore[method-assign]


async def check_token_again(auth: Auth, request: SynapseRequest) -> None:
    """Raise what Synapse answers for a token that has ended since the request came (`get_user_by_access_token`)."""
    if requester_of(request).app_service_id is None:
        await auth.get_user_by_access_token(auth.get_access_token_from_request(request))


def wrap_routes(resource: JsonResource, name: str, wrap: Callable[[ServletCallback], ServletCallback]) -> None:
    """Put a callback around those of a resource that Synapse registered under a name (`JsonResource._routes`)."""
    for methods in resource._routes.values():
        for method, entry in methods.items():
            if entry.servlet_classname == name:
                methods[method] = evolve(entry, callback=wrap(entry.callback))


async def owner_of_token(api: ModuleApi, request: SynapseRequest) -> Requester:
    """Whose session's token a request bears, before Synapse itself looks, which it may do once only.

    Raises what Synapse answers to a missing or unknown token, and to one of an application service.
    """
    auth = homeserver(api).get_auth()
    return await auth.get_user_by_access_token(auth.get_access_token_from_request(request))


def unknown_token() -> SynapseError:
    """What Synapse answers to a token that has ended."""
    return InvalidClientTokenError("Access token has been revoked")


def peer_of(request: SynapseRequest) -> str:
    """The address at the other end of the connection itself (`Request.client`), whatever `X-Forwarded-For` says.

    Empty for a Unix socket.
    """
    return str(getattr(cast(Any, request).client, "host", None) or "")


@frozen
class SessionDevice:
    """A device as Synapse lists it; `last_seen_ts` in milliseconds."""

    device_id: str
    name: str
    last_seen_ts: int
    last_seen_address: str


async def devices_of(api: ModuleApi, user_id: str) -> list[SessionDevice]:
    """The devices of a local person, that used last first (`DeviceHandler.get_devices_by_user`)."""
    found = await homeserver(api).get_device_handler().get_devices_by_user(user_id)
    devices = [
        SessionDevice(
            device_id=each["device_id"],
            name=each.get("display_name") or "",
            last_seen_ts=each.get("last_seen_ts") or 0,
            last_seen_address=each.get("last_seen_ip") or "",
        )
        for each in found
    ]
    return sorted(devices, key=lambda device: (-device.last_seen_ts, device.device_id))


async def rename_device(api: ModuleApi, user_id: str, device_id: str, name: str) -> None:
    """Give a device another name. Raises `SynapseError` 404 for one that is not there, 400 for a name too long."""
    await homeserver(api).get_device_handler().update_device(user_id, device_id, {"display_name": name})


async def delete_devices(api: ModuleApi, user_id: str, device_ids: Iterable[str]) -> None:
    """Sign devices out: their access and refresh tokens are worth nothing at once, on every worker."""
    await homeserver(api).get_device_handler().delete_devices(user_id, list(device_ids))


async def end_all_sessions(api: ModuleApi, user_id: str) -> None:
    """Delete all devices of a person and the tokens that belong to none, as `/logout/all` does."""
    await homeserver(api).get_device_handler().delete_all_devices_for_user(user_id)
    await homeserver(api).get_auth_handler().delete_access_tokens_for_user(user_id)


@contextmanager
def startup_connection(api: ModuleApi) -> Iterator[LoggingDatabaseConnection]:
    """A connection for migrations while modules load, before the first request.

    Commits at the end, rolls back on an exception.
    """
    pool = homeserver(api).get_datastores().main.db_pool
    connection = make_conn(
        db_config=pool._database_config,
        engine=pool.engine,
        default_txn_name="kairan_migrations",
        server_name=api.server_name,
    )
    try:
        yield connection
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        connection.close()


async def is_server_admin(api: ModuleApi, requester: Requester) -> bool:
    """Whether the token is a server administrator's own (not an application service's)."""
    return requester.app_service_id is None and await api.is_user_admin(requester.user.to_string())


async def limit_directory_search(servlet: UserDirectorySearchRestServlet, requester: Requester) -> None:
    """Apply Synapse's own `rc_user_directory`. Raises `LimitExceededError`."""
    await servlet._per_user_limiter.ratelimit(requester)


async def avatar_urls(api: ModuleApi, user_ids: Iterable[str]) -> dict[str, str]:
    """The avatar of each local user who has one (table `profiles`)."""
    wanted = list(user_ids)
    rows: list[tuple[str, str | None]] = (
        await homeserver(api)
        .get_datastores()
        .main.db_pool.simple_select_many_batch(
            table="profiles",
            column="full_user_id",
            iterable=wanted,
            retcols=("full_user_id", "avatar_url"),
            desc="kairan_avatar_urls",
        )
    )
    return {user_id: avatar for user_id, avatar in rows if avatar}


async def room_members(api: ModuleApi, room_id: str) -> dict[str, str]:
    """The joined members of a room with the display name that the room shows (`get_users_in_room_with_profiles`)."""
    store: Any = homeserver(api).get_datastores().main
    profiles = await store.get_users_in_room_with_profiles(room_id)
    return {user_id: profile.display_name or "" for user_id, profile in profiles.items()}


async def banned_members(api: ModuleApi, room_id: str) -> set[str]:
    """The local users whom a room has banned (table `local_current_membership`)."""
    rows: list[tuple[str]] = (
        await homeserver(api)
        .get_datastores()
        .main.db_pool.simple_select_list(
            table="local_current_membership",
            keyvalues={"room_id": room_id, "membership": "ban"},
            retcols=("user_id",),
            desc="kairan_banned_members",
        )
    )
    return {row[0] for row in rows}


def parsed_user_id(user_id: str) -> SynapseUserID:
    """Synapse's own form of a user ID."""
    return SynapseUserID.from_string(user_id)


def linearizer(api: ModuleApi, name: str, at_once: int = 1) -> Linearizer:
    """A queue per key within this process, which lets so many in at once."""
    return Linearizer(name=name, clock=clock_of(api), max_count=at_once)


async def share_a_room(api: ModuleApi, one: str, other: str) -> bool:
    """Whether both are joined to a room that this server knows (`get_rooms_for_user`, cached by Synapse)."""
    store: Any = homeserver(api).get_datastores().main
    rooms: frozenset[str] = await store.get_rooms_for_user(one)
    return not rooms.isdisjoint(await store.get_rooms_for_user(other))


async def set_display_name(api: ModuleApi, user_id: str, display_name: str) -> None:
    """Give an account a display name and send it into all its rooms, past `enable_set_displayname: false`."""
    target = SynapseUserID.from_string(user_id)
    await (
        homeserver(api)
        .get_profile_handler()
        .set_displayname(
            target_user=target,
            requester=create_requester(target, authenticated_entity=api.server_name),
            new_displayname=display_name,
            by_admin=True,
        )
    )


async def lock_account(api: ModuleApi, user_id: str, locked: bool) -> None:
    """Lock (MSC3939: sessions answer `M_USER_LOCKED`) or unlock an account; nothing of it is lost."""
    await homeserver(api).get_datastores().main.set_user_locked_status(user_id, locked)


async def existing_accounts(api: ModuleApi, user_ids: Iterable[str]) -> set[str]:
    """Those among the user IDs that have an account here (table `users`)."""
    rows: list[tuple[str]] = (
        await homeserver(api)
        .get_datastores()
        .main.db_pool.simple_select_many_batch(
            table="users", column="name", iterable=list(user_ids), retcols=("name",), desc="kairan_existing_accounts"
        )
    )
    return {row[0] for row in rows}


async def inactive_accounts(api: ModuleApi, user_ids: Iterable[str]) -> set[str]:
    """Those among the user IDs whose account is deactivated or locked (table `users`)."""
    rows: list[tuple[str, int | None, bool | None]] = (
        await homeserver(api)
        .get_datastores()
        .main.db_pool.simple_select_many_batch(
            table="users",
            column="name",
            iterable=list(user_ids),
            retcols=("name", "deactivated", "locked"),
            desc="kairan_inactive_accounts",
        )
    )
    return {user_id for user_id, deactivated, locked in rows if deactivated or locked}


async def password_hash(api: ModuleApi, user_id: str) -> str | None:
    """The stored password hash (`users.password_hash`), None for none."""
    found = (
        await homeserver(api)
        .get_datastores()
        .main.db_pool.simple_select_one_onecol(
            table="users",
            keyvalues={"name": user_id},
            retcol="password_hash",
            allow_none=True,
            desc="kairan_password_hash",
        )
    )
    return None if found is None else str(found)


def password_pepper(api: ModuleApi) -> str:
    """`password_config.pepper`, which Synapse appends to a password before bcrypt."""
    return str(homeserver(api).config.auth.password_pepper)


def respond_with_bytes(request: SynapseRequest, body: bytes, content_type: str, disposition: str) -> None:
    """Answer with something else than JSON; the servlet then returns None."""
    headers: Any = request.responseHeaders
    headers.setRawHeaders(b"Content-Type", [content_type.encode()])
    headers.setRawHeaders(b"Content-Disposition", [disposition.encode()])
    headers.setRawHeaders(b"Content-Length", [str(len(body)).encode()])
    request.write(body)  # type: ignore[no-untyped-call]
    finish_request(request)


@frozen
class PublishedRoom:
    """A room of this server's room directory with what the client API shows of it."""

    room_id: str
    creator: str
    organization: str | None
    entry: Mapping[str, Any]


_PUBLISHED_ROOMS = """
    SELECT rooms.room_id, rooms.creator, state.name, state.topic, state.canonical_alias, stats.joined_members,
        state.avatar, state.history_visibility, state.guest_access, state.join_rules, state.room_type, event_json.json
    FROM rooms
    INNER JOIN room_stats_state AS state ON state.room_id = rooms.room_id
    INNER JOIN room_stats_current AS stats ON stats.room_id = rooms.room_id
    LEFT JOIN current_state_events AS belongs
        ON belongs.room_id = rooms.room_id AND belongs.type = ? AND belongs.state_key = ''
    LEFT JOIN event_json ON event_json.event_id = belongs.event_id
    WHERE rooms.is_public AND stats.joined_members > 0
"""


async def published_rooms(api: ModuleApi, belongs_to_type: str) -> list[PublishedRoom]:
    """All rooms of this server's directory, with the `organization` that their state event of the given type names.

    Reads `rooms`, `room_stats_state`, `room_stats_current`, `current_state_events`, `event_json`.
    """

    def select(txn: LoggingTransaction) -> list[tuple[Any, ...]]:
        txn.execute(_PUBLISHED_ROOMS, (belongs_to_type,))
        return txn.fetchall()

    rows = await api.run_db_interaction("kairan_published_rooms", select)
    return [_published_room(*row) for row in rows]


def _published_room(
    room_id: str,
    creator: str,
    name: str | None,
    topic: str | None,
    canonical_alias: str | None,
    joined_members: int,
    avatar: str | None,
    history_visibility: str | None,
    guest_access: str | None,
    join_rule: str | None,
    room_type: str | None,
    belongs: str | None,
) -> PublishedRoom:
    organization = json.loads(belongs).get("content", {}).get("organization") if belongs else None
    entry = {
        "room_id": room_id,
        "name": name,
        "topic": topic,
        "canonical_alias": canonical_alias,
        "num_joined_members": joined_members,
        "avatar_url": avatar,
        "world_readable": history_visibility == "world_readable",
        "guest_can_join": guest_access == "can_join",
        "join_rule": join_rule,
        "room_type": room_type,
    }
    return PublishedRoom(
        room_id=room_id,
        creator=UserID(creator or ""),
        organization=organization if isinstance(organization, str) else None,
        entry={key: value for key, value in entry.items() if value is not None},
    )
