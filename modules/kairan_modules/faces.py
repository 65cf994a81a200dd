"""Faces: the client API as one network sees it.

Takes the place of Synapse's client resource on every listener of this process, as Synapse's own resource
with a few servlets replaced. Which network asks is known from the listener alone.
"""

import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen
from kairan.errors import ErrorCode
from kairan.zones import CLIENT_ZONES, Action, Ruling, Zone, ruling

from kairan_modules.audit import Audit
from kairan_modules.chosen_passwords import ChosenPasswords
from kairan_modules.config import ConfigReader
from kairan_modules.directory import Directory
from kairan_modules.judge import Judge
from kairan_modules.passwords import FirstPasswords
from kairan_modules.remote_joins import RemoteJoins
from kairan_modules.rest.errors import refusal
from kairan_modules.servlets.login import LoginServlet
from kairan_modules.servlets.password import PasswordServlet
from kairan_modules.servlets.profile import GuardedProfileFieldServlet, GuardedProfileServlet, ProfileGuard
from kairan_modules.servlets.public_rooms import PublicRoomsServlet
from kairan_modules.servlets.rtc import RtcTransportsServlet, guard_call_services
from kairan_modules.servlets.sso import SsoRedirect
from kairan_modules.servlets.sync import waiting_servlets
from kairan_modules.servlets.user_directory import DirectorySearchServlet
from kairan_modules.servlets.well_known import FaceDescription, WellKnownResource
from kairan_modules.servlets.zones import client_servlets, old_media_servlets
from kairan_modules.store import shared_store
from kairan_modules.store.devices import shared_device_store
from kairan_modules.store.media import MediaStore
from kairan_modules.synapse_compat import (
    ClientRestResource,
    JsonDict,
    JsonResource,
    MediaRepositoryResource,
    ModuleApi,
    RestServlet,
    ServletCallback,
    SynapseError,
    SynapseRequest,
    client_listener_tags,
    homeserver,
    is_main_process,
    media_repository,
    register_admin_servlets,
    register_media_admin_servlets,
    request_zone,
)
from kairan_modules.synapse_federation import TransportLayerServer, listens_for
from kairan_modules.synapse_sign_in import identity_providers
from kairan_modules.zones import ZonePolicy


@frozen
class FacesConfig:
    """`zones` says how each client zone's face describes itself; `bot` is the bridge bot's localpart."""

    zones: Mapping[Zone, FaceDescription]
    bot: str


class Faces:
    """The Synapse module.

    Configuration: `zones: {lgwan: {base_url: "https://…/"}, …}` and `bot: kairan`. A zone in which calls are allowed
    may have `rtc_foci: [{type: livekit, livekit_service_url: "https://…"}]`, where its group calls run (MSC4143).
    """

    def __init__(self, config: FacesConfig, api: ModuleApi) -> None:
        _check_listeners(config, api)
        store = shared_store(api)
        directory = Directory(store)
        bot = api.get_qualified_user_id(config.bot)
        guard = ProfileGuard(api, directory, bot)
        servlets: list[RestServlet] = [
            DirectorySearchServlet(api, directory, bot),
            PublicRoomsServlet(api, store, directory),
            GuardedProfileServlet(api, guard),
            GuardedProfileFieldServlet(api, guard),
            LoginServlet(api, config.zones),
            *waiting_servlets(api),
        ]
        if identity_providers(api):
            servlets.append(SsoRedirect(api, config.zones))
        audit = Audit(api, store)
        if is_main_process(api):
            # As in Synapse: passwords are changed at the main process alone.
            servlets.append(PasswordServlet(api, ChosenPasswords(store, FirstPasswords(api), audit)))
        media = MediaStore(api)
        judge = Judge(store, audit, shared_device_store(api).is_certified)
        ZonePolicy(api, judge, media).register()
        RemoteJoins(api, audit).register()
        servlets += [*client_servlets(api, judge, media), RtcTransportsServlet(api, judge, config.zones)]
        face = FaceResource(api, servlets)
        guard_call_services(api, face, judge)
        api.register_web_resource("/_matrix/client", face)
        api.register_web_resource("/.well-known", WellKnownResource(api, config.zones))
        if old_media := old_media_servlets(api, judge, media):
            api.register_web_resource("/_matrix/media", OldMediaResource(api, old_media))
        api.register_web_resource("/_synapse/admin", AdminResource(api))
        if listens_for(api, "media"):
            api.register_web_resource("/_matrix/federation", FederationResource(api))

    @staticmethod
    def parse_config(config: dict[str, Any]) -> FacesConfig:
        """Raises `ConfigError` with the path of the bad key."""
        reader = ConfigReader(config)
        zones = reader.section("zones")
        faces = {}
        for name in zones.keys(allowed=[zone.value for zone in Zone if zone in CLIENT_ZONES]):
            zone = zones.section(name)
            faces[Zone(name)] = FaceDescription(zone.base_url("base_url"), _rtc_foci(zone, Zone(name)))
            zone.no_others()
        zones.no_others()
        bot = reader.text("bot", default="kairan")
        reader.no_others()
        return FacesConfig(zones=faces, bot=bot)


def _rtc_foci(reader: ConfigReader, zone: Zone) -> list[JsonDict]:
    foci = []
    for each in reader.sections("rtc_foci"):
        if ruling(Action.CALL, zone) is not Ruling.ALLOW:
            raise reader.refused("rtc_foci", "calls are not allowed in this zone")
        foci.append(
            {
                "type": each.one_of("type", ["livekit"]),
                "livekit_service_url": each.base_url("livekit_service_url").rstrip("/"),
            }
        )
        each.no_others()
    return foci


class FaceResource(ClientRestResource):
    """Synapse's client API with our servlets over its own; nothing at all where no client belongs."""

    def __init__(self, api: ModuleApi, servlets: list[RestServlet]) -> None:
        super().__init__(homeserver(api))
        for servlet in servlets:
            # The same pattern registered again takes the place of the first.
            servlet.register(self)

    def _get_handler_for_request(self, request: SynapseRequest) -> tuple[ServletCallback, str, dict[str, str]]:
        if not request_zone(request).serves_clients:
            raise SynapseError(404, "Not found", "M_NOT_FOUND")
        if _ADMIN_PATH.match(request.path):
            _check_admin_zone(request)
        return super()._get_handler_for_request(request)


class OldMediaResource(MediaRepositoryResource):
    """Synapse's `/_matrix/media` with our servlets over its own."""

    def __init__(self, api: ModuleApi, servlets: list[RestServlet]) -> None:
        super().__init__(homeserver(api))
        for servlet in servlets:
            servlet.register(self)

    def _get_handler_for_request(self, request: SynapseRequest) -> tuple[ServletCallback, str, dict[str, str]]:
        if not request_zone(request).serves_clients:
            raise SynapseError(404, "Not found", "M_NOT_FOUND")
        return super()._get_handler_for_request(request)


class AdminResource(JsonResource):
    """Synapse's admin API, in the zones that may use it: by the table, the internal one alone."""

    def __init__(self, api: ModuleApi) -> None:
        super().__init__(homeserver(api), canonical_json=False)
        register_admin_servlets(homeserver(api), self)
        if not is_main_process(api) and media_repository(api):
            register_media_admin_servlets(homeserver(api), self)

    def _get_handler_for_request(self, request: SynapseRequest) -> tuple[ServletCallback, str, dict[str, str]]:
        _check_admin_zone(request)
        return super()._get_handler_for_request(request)


class FederationResource(TransportLayerServer):
    """Files for other servers, which Synapse serves on every listener with the resource `media`: not on a face."""

    def __init__(self, api: ModuleApi) -> None:
        super().__init__(homeserver(api), servlet_groups=None if listens_for(api, "federation") else ["media"])

    def _get_handler_for_request(self, request: SynapseRequest) -> tuple[ServletCallback, str, dict[str, str]]:
        if request_zone(request) is not Zone.FEDERATION:
            raise SynapseError(404, "Not found", "M_NOT_FOUND")
        return super()._get_handler_for_request(request)


_ADMIN_PATH = re.compile(rb"/_matrix/client/(api/)?[^/]+/admin/")
"""Below the client API too there is a bit of the admin API (`/admin/whois/`)."""


def _check_admin_zone(request: SynapseRequest) -> None:
    if ruling(Action.ADMIN_API, request_zone(request)) is not Ruling.ALLOW:
        raise refusal(403, ErrorCode.WRONG_FACE)


def _check_listeners(config: FacesConfig, api: ModuleApi) -> None:
    tags = client_listener_tags(api)
    allowed = ", ".join(zone.value for zone in config.zones)
    for index, tag, serves_clients in tags:
        if serves_clients and tag not in {zone.value for zone in config.zones}:
            raise ConfigReader.error(
                f"this listener serves clients, but its tag {tag!r} is not a zone of kairan_modules.Faces ({allowed})",
                ("listeners", str(index), "tag"),
            )
    served = {tag for _, tag, serves_clients in tags if serves_clients}
    # A worker may well serve some zones only.
    missing = [zone.value for zone in config.zones if zone.value not in served]
    if missing and api.worker_app is None:
        raise ConfigReader.error(
            "no listener with the resource 'client' has this tag; "
            f"listeners have: {', '.join(sorted(served)) or 'none'}",
            ("modules", "kairan_modules.Faces", "zones", missing[0]),
        )
