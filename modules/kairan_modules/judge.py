"""Judges an action by the policy table: zone, what the person's organisations declare, and the device."""

from collections.abc import Awaitable, Callable

from kairan.errors import ErrorCode
from kairan.people import own_organizations, today
from kairan.zones import Action, Ruling, Zone, ruling

from kairan_modules.audit import Audit, Outcome
from kairan_modules.store import RegistryStore
from kairan_modules.synapse_compat import current_request

REFUSALS: dict[Action, ErrorCode] = {
    Action.CALL: ErrorCode.CALL_NOT_HERE,
    Action.LOCATION: ErrorCode.LOCATION_NOT_HERE,
    Action.UPLOAD: ErrorCode.UPLOAD_NOT_HERE,
    Action.DOWNLOAD_FOREIGN: ErrorCode.MEDIA_WITHHELD,
    Action.PREVIEW_URL: ErrorCode.PREVIEW_NOT_HERE,
    Action.CREATE_ROOM: ErrorCode.CREATE_ROOM_NOT_HERE,
    Action.ADMIN_API: ErrorCode.WRONG_FACE,
    Action.ENCRYPT: ErrorCode.NO_ENCRYPTION,
}

IsCertified = Callable[[str, str], Awaitable[bool]]
"""Whether a person's device, by user and device ID, is certified."""


class Judge:
    """Asked before an action, in the context of the request that wants it. Without a request the answer is no."""

    def __init__(self, store: RegistryStore, audit: Audit, is_certified: IsCertified) -> None:
        self._store = store
        self._audit = audit
        self._is_certified = is_certified

    async def allows(self, action: Action, user_id: str, device_id: str = "", zone: Zone | None = None) -> bool:
        """Whether this person may do this from this device in the zone of the request, or in another."""
        found = await self._ruling(action, user_id, zone or current_request().zone)
        if found is Ruling.CERTIFIED_ONLY:
            return bool(device_id) and await self._is_certified(user_id, device_id)
        return found is Ruling.ALLOW

    async def check(self, action: Action, user_id: str, device_id: str = "", detail: str = "") -> None:
        """Raise the refusal, noted in the audit trail, unless it is allowed."""
        if await self.allows(action, user_id, device_id):
            return
        code = REFUSALS[action]
        if action is Action.LOCATION and await self._ruling(action, user_id, current_request().zone) is (
            Ruling.CERTIFIED_ONLY
        ):
            code = ErrorCode.LOCATION_NEEDS_CERTIFIED_DEVICE
        raise await self._audit.refuse(code, action.value, user_id, device_id=device_id, detail=detail)

    async def note(self, action: Action, user_id: str, detail: str) -> None:
        """Note a refusal of which the person is not told."""
        await self._audit.record(action.value, Outcome.REFUSED, user_id, reason=REFUSALS[action].value, detail=detail)

    async def _ruling(self, action: Action, user_id: str, zone: Zone) -> Ruling:
        organizations = (await self._store.organizations()).by_key
        postings = await self._store.postings(user_id) if user_id else []
        own = [organizations[key] for key in own_organizations(postings, today()) if key in organizations]
        return ruling(action, zone, [organization.policy.rules for organization in own])
