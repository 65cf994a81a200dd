"""Devices: which of them sign in on the Internet side, anchored in what people say on LGWAN."""

import re
from collections.abc import MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

from attrs import frozen
from kairan.devices import read_instruction
from kairan.errors import ErrorCode
from synapse.module_api import NOT_SPAM

from kairan_modules.audit import Audit, Outcome
from kairan_modules.config import ConfigReader
from kairan_modules.device_gate import ACTION, DeviceGate, Entry
from kairan_modules.device_guard import DeviceGuard
from kairan_modules.edge import EdgeConfig, read_edge
from kairan_modules.servlets.login import current_login, login_observers
from kairan_modules.store import shared_store
from kairan_modules.store.device_notices import DeviceNotices, NoticeKind
from kairan_modules.store.device_requests import DeviceRequests
from kairan_modules.store.devices import shared_device_store
from kairan_modules.synapse_compat import (
    EventBase,
    LoginResponse,
    ModuleApi,
    SynapseError,
    SynapseRequest,
    current_path,
    current_request,
    delete_devices,
    device_of,
)

_TAKEN_OFF = re.compile(r"/_matrix/client/[^/]+(/v1)?/(devices/[^/?]+|delete_devices|logout/all)($|\?)")
"""The calls by which clients end sessions other than their own."""


@frozen
class DevicesConfig:
    """`operators_on_internet` lets server administrators, who have no posting, sign in on the Internet side."""

    edge: EdgeConfig
    operators_on_internet: bool


class Devices:
    """The Synapse module. Configuration: `edge: {addresses, certificate_header, authorities}` and
    `operators_on_internet: false`.

    It stands before `Registry` in the list of modules: a first password counts as used only for a device that gets in.
    """

    def __init__(self, config: DevicesConfig, api: ModuleApi) -> None:
        registry = shared_store(api)
        self._api = api
        self._store = shared_device_store(api)
        self._requests = DeviceRequests(api)
        self._notices = DeviceNotices(api)
        self._audit = Audit(api, registry)
        self._gate = DeviceGate(
            api, registry, self._store, self._requests, self._audit, config.edge, config.operators_on_internet
        )
        self._entries: MutableMapping[SynapseRequest, Entry] = WeakKeyDictionary()
        DeviceGuard(api, self._store, self._audit).register()
        login_observers(api).append(self)
        api.register_password_auth_provider_callbacks(on_logged_out=self.on_logged_out)
        api.register_spam_checker_callbacks(
            check_login_for_spam=self.check_login_for_spam, check_event_for_spam=self.check_event_for_spam
        )

    @staticmethod
    def parse_config(config: dict[str, Any]) -> DevicesConfig:
        """Raises `ConfigError` with the path of the bad key."""
        reader = ConfigReader(config)
        if config:
            reader.keys(allowed=("edge", "operators_on_internet"))
        edge = read_edge(reader.section("edge"), config["edge"]) if "edge" in config else EdgeConfig()
        operators = config.get("operators_on_internet", False)
        if not isinstance(operators, bool):
            raise ConfigReader.error("true or false is needed here", ("operators_on_internet",))
        return DevicesConfig(edge=edge, operators_on_internet=operators)

    async def check_login_for_spam(
        self,
        user_id: str,
        device_id: str | None,
        initial_display_name: str | None,
        request_info: Any,
        auth_provider_id: str | None = None,
    ) -> Any:
        """Whether this device gets in. What it is to be certified with waits for its ID in `signed_in`."""
        login = current_login()
        entry = await self._gate.enter(user_id, device_id or "", initial_display_name or "", current_request(), login)
        if login is not None:
            self._entries[login] = entry
        return NOT_SPAM

    async def signed_in(self, user_id: str, response: LoginResponse) -> None:
        """The device has an ID now (`servlets.login.LoginObserver`)."""
        device_id, request, login = response.get("device_id"), current_request(), current_login()
        if not device_id or login is None:
            return
        entry = self._entries.pop(login, None)
        await self._store.signed_in(user_id, device_id, request.zone, request.address, request.user_agent)
        if (await self._store.records(user_id))[device_id].revoked:
            # It was revoked while it signed in.
            await delete_devices(self._api, user_id, [device_id])
            raise await self._audit.refuse(ErrorCode.DEVICE_REVOKED, ACTION, user_id, device_id=device_id)
        if entry is None or entry.certification is None:
            return
        await self._store.certify(user_id, device_id, entry.certification, entry.by)
        how = entry.certification.how.value
        await self._audit.record("certify", Outcome.DONE, user_id, device_id=device_id, detail=f"{how} {entry.by}")
        if entry.claimed is not None:
            await self._notices.add(NoticeKind.CERTIFIED, entry.claimed.request, [user_id])

    async def kept_out(self, user_id: str, error: SynapseError) -> None:
        """Another rule refused the sign-in: the approval is still good (`servlets.login.LoginObserver`)."""
        login = current_login()
        entry = self._entries.pop(login, None) if login is not None else None
        if entry is not None and entry.claimed is not None:
            await self._requests.release(entry.claimed)

    async def on_logged_out(self, user_id: str, device_id: str | None, access_token: str) -> None:
        """A device that a person takes off their list in a client is revoked; one that signs itself out is not."""
        if device_id is None or not _TAKEN_OFF.match(current_path()):
            return
        record = (await self._store.records(user_id)).get(device_id)
        if record is not None and record.certification is not None and not record.revoked:
            await self._store.revoke(user_id, [device_id], user_id)
            await self._audit.record(
                "revoke_device", Outcome.DONE, user_id, device_id=device_id, detail=f"by {user_id} in a client"
            )

    async def check_event_for_spam(self, event: EventBase) -> Any:
        """Nothing is refused here: what people tell the bot about devices is noted with the network it came from."""
        if event.type == "m.room.message" and not event.is_state() and self._api.is_mine(event.sender):
            body = event.content.get("body")
            said = read_instruction(body) if isinstance(body, str) else None
            if said is not None:
                await self._notices.saw(event.event_id, event.sender, device_of(event), current_request(), said)
        return NOT_SPAM
