"""The guard of every request: a session stays on the side where it began, and a revoked one ends wherever it is.

Without it the `self` way would be worth little: whoever signs in on LGWAN could carry the token out.
"""

from typing import Final

from kairan.errors import ErrorCode
from kairan.policy import SignIn
from kairan.zones import Zone

from kairan_modules.audit import Audit
from kairan_modules.rest.errors import refusal
from kairan_modules.store.devices import DeviceStore
from kairan_modules.synapse_compat import (
    ModuleApi,
    Requester,
    SynapseRequest,
    check_every_request,
    request_zone,
    unknown_token,
)

_NOTED_EVERY: Final = 10 * 60 * 1000
"""Milliseconds between two entries of the audit trail about one device: a client tries again all the time."""

_MOST_NOTED: Final = 10_000


class DeviceGuard:
    """Looks at every request that a person's token was found good for. From cached rows."""

    def __init__(self, api: ModuleApi, devices: DeviceStore, audit: Audit) -> None:
        self._api = api
        self._devices = devices
        self._audit = audit
        self._noted: dict[tuple[str, str], int] = {}

    def register(self) -> None:
        """Stand before every servlet of this process."""
        check_every_request(self._api, self.check)

    async def check(self, request: SynapseRequest, requester: Requester) -> None:
        """Raise for a revoked device, and for one of LGWAN that is carried out where devices need certifying."""
        device_id = requester.device_id
        if device_id is None or requester.app_service_id is not None:
            return
        user_id = requester.user.to_string()
        record = (await self._devices.records(user_id)).get(device_id)
        if record is None:
            return
        if record.revoked:
            raise unknown_token()
        if request_zone(request) is not Zone.INTERNET or record.zone is not Zone.LGWAN:
            return
        modes = await self._devices.modes(user_id)
        if modes and all(mode is SignIn.OPEN for _, mode in modes):
            return
        if await self._devices.trusts(user_id, record):
            return
        if self._is_news(user_id, device_id):
            raise await self._audit.refuse(
                ErrorCode.DEVICE_OF_LGWAN, "use_session", user_id, device_id=device_id, status=403
            )
        raise refusal(403, ErrorCode.DEVICE_OF_LGWAN)

    def _is_news(self, user_id: str, device_id: str) -> bool:
        now = self._api.get_current_time_msec()
        before = self._noted.get((user_id, device_id))
        if before is not None and now - before < _NOTED_EVERY:
            return False
        if len(self._noted) >= _MOST_NOTED:
            self._noted.clear()
        self._noted[user_id, device_id] = now
        return True
