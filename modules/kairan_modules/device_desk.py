"""What people, administrators and operators do with devices: approve, deny, certify, revoke, report lost."""

from collections.abc import Sequence

from attrs import frozen
from kairan.devices import Certification, RequestState
from kairan.errors import ErrorCode
from kairan.organizations import OrganizationKey
from kairan.people import administers, own_organizations, today
from kairan.policy import SignIn
from kairan.zones import Zone

from kairan_modules.audit import Audit, Outcome
from kairan_modules.rest.errors import not_visible, refusal
from kairan_modules.store import RegistryStore
from kairan_modules.store.device_requests import DeviceRequest, DeviceRequests
from kairan_modules.store.devices import DeviceRecord, DeviceStore
from kairan_modules.synapse_compat import (
    CurrentRequest,
    ModuleApi,
    SessionDevice,
    SynapseError,
    delete_devices,
    devices_of,
    end_all_sessions,
)


@frozen
class Actor:
    """Who acts, and from where. `operator` is a server administrator on the internal listener."""

    user_id: str
    request: CurrentRequest
    device_id: str = ""
    operator: bool = False


@frozen
class OwnDevice:
    """A device that exists, with what is recorded of it."""

    session: SessionDevice
    record: DeviceRecord | None
    certified: bool


class DeviceDesk:
    """Everything is noted in the audit trail of the organisations of whose device it is."""

    def __init__(self, api: ModuleApi, registry: RegistryStore, devices: DeviceStore, audit: Audit) -> None:
        self._api = api
        self._registry = registry
        self._devices = devices
        self._requests = DeviceRequests(api)
        self._audit = audit

    async def decide(self, actor: Actor, number: str, state: RequestState) -> DeviceRequest:
        """Approve or deny the request with this number. From LGWAN only, the operator's listener aside.

        Raises:
            SynapseError: DEVICE_ONLY_FROM_LGWAN; DEVICE_REQUEST_UNKNOWN, also for a number that is someone else's.
        """
        action = "approve_device" if state is RequestState.APPROVED else "deny_device"
        if not actor.operator and actor.request.zone is not Zone.LGWAN:
            raise await self._refuse(ErrorCode.DEVICE_ONLY_FROM_LGWAN, action, actor, number)
        request = await self._requests.pending(number)
        if request is None or not await self._may_decide(actor, request):
            raise await self._refuse(ErrorCode.DEVICE_REQUEST_UNKNOWN, action, actor, number, status=404)
        tell = [] if actor.user_id == request.user_id else [request.user_id]
        if not await self._requests.decide(request, state, actor.user_id, tell):
            raise await self._refuse(ErrorCode.DEVICE_REQUEST_UNKNOWN, action, actor, number, status=404)
        look = request.appearance
        await self._record(
            action, actor, request.user_id, request.device_id, f"{number} {look.name} {look.address} by {actor.user_id}"
        )
        return request

    async def _may_decide(self, actor: Actor, request: DeviceRequest) -> bool:
        if actor.operator or (actor.user_id == request.user_id and request.mode is SignIn.SELF):
            return True
        return await self.administers(actor.user_id, request.organization)

    async def administers(self, user_id: str, organization: OrganizationKey) -> bool:
        """Whether someone administers an organisation today."""
        return administers(await self._registry.postings(user_id), organization, today())

    async def belongs(self, user_id: str, organization: OrganizationKey) -> bool:
        """Whether someone has a posting in an organisation today."""
        return organization in own_organizations(await self._registry.postings(user_id), today())

    async def listing(self, user_id: str) -> Sequence[OwnDevice]:
        """The devices of a person that exist, that used last first."""
        records = await self._devices.records(user_id)
        found = []
        for session in await devices_of(self._api, user_id):
            record = records.get(session.device_id)
            certified = record is not None and await self._devices.trusts(user_id, record)
            found.append(OwnDevice(session, record, certified))
        return found

    async def certify(self, actor: Actor, user_id: str, device_id: str, organization: OrganizationKey | None) -> None:
        """Certify a device that is signed in already. From LGWAN only, the operator's listener aside.

        Args:
            organization: for which its administrator acts; None where people certify their own.
        Raises:
            SynapseError: DEVICE_ONLY_FROM_LGWAN, DEVICE_NOT_YOURS_TO_CERTIFY, NOT_VISIBLE.
        """
        if not actor.operator and actor.request.zone is not Zone.LGWAN:
            raise await self._refuse(ErrorCode.DEVICE_ONLY_FROM_LGWAN, "certify", actor, device_id)
        await self._existing(user_id, device_id)
        modes = await self._devices.modes(user_id)
        record = (await self._devices.records(user_id)).get(device_id)
        if not modes or (record is not None and record.revoked):
            raise not_visible()
        if organization is None:
            if any(mode not in (SignIn.OPEN, SignIn.SELF) for _, mode in modes):
                raise await self._refuse(ErrorCode.DEVICE_NOT_YOURS_TO_CERTIFY, "certify", actor, device_id)
            certification = Certification(modes[0][0], SignIn.SELF)
        else:
            certification = Certification(organization, SignIn.ADMIN)
        await self._devices.certify(user_id, device_id, certification, actor.user_id)
        await self._record("certify", actor, user_id, device_id, f"{certification.how.value} by {actor.user_id}")

    async def revoke(self, actor: Actor, user_id: str, device_id: str) -> None:
        """Sign a device out and make its ID worthless. Raises NOT_VISIBLE for one that was never there."""
        records = await self._devices.records(user_id)
        if device_id not in records:
            await self._existing(user_id, device_id)
        # First, so that no sign-in by this ID slips in between.
        await self._devices.revoke(user_id, [device_id], actor.user_id)
        await delete_devices(self._api, user_id, [device_id])
        await self._record("revoke_device", actor, user_id, device_id, f"by {actor.user_id}")

    async def lost(self, actor: Actor, user_id: str) -> int:
        """End every session of a person, revoke all their devices and drop what waits. Returns how many devices."""
        await self._requests.cancel(user_id, actor.user_id)
        existing = [device.device_id for device in await devices_of(self._api, user_id)]
        certified = [key for key, record in (await self._devices.records(user_id)).items() if not record.revoked]
        everything = sorted({*existing, *certified})
        await self._devices.revoke(user_id, everything, actor.user_id)
        await end_all_sessions(self._api, user_id)
        await self._record("lost_device", actor, user_id, "", f"{len(everything)} devices, by {actor.user_id}")
        return len(everything)

    async def _existing(self, user_id: str, device_id: str) -> None:
        if all(device.device_id != device_id for device in await devices_of(self._api, user_id)):
            raise not_visible()

    async def _refuse(self, code: ErrorCode, action: str, actor: Actor, detail: str, status: int = 403) -> SynapseError:
        await self._audit.record(
            action,
            Outcome.REFUSED,
            actor.user_id,
            device_id=actor.device_id,
            reason=code.value,
            detail=detail,
            request=actor.request,
        )
        return refusal(status, code)

    async def _record(self, action: str, actor: Actor, user_id: str, device_id: str, detail: str) -> None:
        await self._audit.record(
            action, Outcome.DONE, user_id, device_id=device_id, detail=detail, request=actor.request
        )
