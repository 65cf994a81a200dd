"""The gate on the Internet side: which device may sign in, and which is asked for a number first."""

from collections.abc import Sequence

from attrs import frozen
from kairan.devices import Appearance, Certification, approval_sentence, deciding_organization, holds, same_client
from kairan.errors import ErrorCode
from kairan.organizations import OrganizationKey
from kairan.policy import SignIn
from kairan.zones import Action, Ruling, Zone, ruling

from kairan_modules.audit import Audit, Outcome
from kairan_modules.edge import EdgeConfig, certificate_of
from kairan_modules.store import RegistryStore
from kairan_modules.store.device_requests import DeviceRequest, DeviceRequests
from kairan_modules.store.devices import DeviceRecord, DeviceStore
from kairan_modules.synapse_compat import CurrentRequest, ModuleApi, SynapseError, SynapseRequest

ACTION = Action.SIGN_IN.value


@frozen
class Entry:
    """That a device may come in, and what follows from it once it has.

    Attributes:
        certification: what the device is to be certified with, None for no more than before.
        by: who vouched for it.
        claimed: the approval that was used up.
    """

    certification: Certification | None = None
    by: str = ""
    claimed: DeviceRequest | None = None


class DeviceGate:
    """Decides about one sign-in at a time. Every refusal is in the audit trail."""

    def __init__(
        self,
        api: ModuleApi,
        registry: RegistryStore,
        devices: DeviceStore,
        requests: DeviceRequests,
        audit: Audit,
        edge: EdgeConfig,
        operators_on_internet: bool,
    ) -> None:
        self._api = api
        self._registry = registry
        self._devices = devices
        self._requests = requests
        self._audit = audit
        self._edge = edge
        self._operators_on_internet = operators_on_internet

    async def enter(
        self, user_id: str, device_id: str, name: str, current: CurrentRequest, login: SynapseRequest | None
    ) -> Entry:
        """Let a person in who has proved who they are, or raise the refusal.

        Args:
            device_id, name: as the client gave them, or empty.
            current: the request, as the callbacks know it.
            login: the request itself; without it nobody gets in on the Internet side who needs certifying.
        """
        if current.zone is Zone.INTERNAL:
            return Entry()
        record = (await self._devices.records(user_id)).get(device_id) if device_id else None
        if record is not None and record.revoked:
            raise await self._audit.refuse(ErrorCode.DEVICE_REVOKED, ACTION, user_id, device_id=device_id)
        modes = await self._devices.modes(user_id)
        ruled = await self._ruling(current.zone, [key for key, _ in modes])
        if ruled is Ruling.DENY:
            raise await self._audit.refuse(ErrorCode.SIGN_IN_NOT_HERE, ACTION, user_id, device_id=device_id)
        if current.zone is not Zone.INTERNET:
            if ruled is Ruling.CERTIFIED_ONLY and (record is None or not await self._devices.trusts(user_id, record)):
                # Nobody could approve it from nearer.
                raise await self._audit.refuse(ErrorCode.SIGN_IN_NOT_HERE, ACTION, user_id, device_id=device_id)
            return Entry()
        if not modes:
            if self._operators_on_internet and await self._api.is_user_admin(user_id):
                return Entry()
            raise await self._audit.refuse(ErrorCode.NO_POSTING, ACTION, user_id, device_id=device_id)
        organization, mode = deciding_organization(modes)
        if mode is SignIn.OPEN and ruled is Ruling.CERTIFIED_ONLY:
            mode = SignIn.SELF
        if mode is SignIn.OPEN:
            return Entry()
        own = [key for key, _ in modes]
        if mode is SignIn.CERTIFICATE:
            return await self._by_certificate(user_id, device_id, own, login)
        look = Appearance(current.address, current.user_agent, name)
        if record is not None and self._returns(record, look, own, mode):
            return Entry()
        if login is None:
            raise await self._audit.refuse(ErrorCode.SIGN_IN_NOT_HERE, ACTION, user_id, device_id=device_id)
        claimed = await self._requests.claim(
            user_id, look, lambda request: holds(Certification(request.organization, request.mode), own, mode)
        )
        if claimed is not None:
            return Entry(Certification(claimed.organization, claimed.mode), claimed.user_id, claimed)
        raise await self._ask(user_id, device_id, look, organization, mode)

    async def _ruling(self, zone: Zone, own: Sequence[OrganizationKey]) -> Ruling:
        registered = (await self._registry.organizations()).by_key
        return ruling(Action.SIGN_IN, zone, [registered[key].policy.rules for key in own])

    def _returns(self, record: DeviceRecord, look: Appearance, own: Sequence[OrganizationKey], mode: SignIn) -> bool:
        # Device IDs are no secret, so the client must also be the one that the device had.
        return (
            record.certification is not None
            and holds(record.certification, own, mode)
            and same_client(record.user_agent, look.user_agent)
        )

    async def _by_certificate(
        self, user_id: str, device_id: str, own: Sequence[OrganizationKey], login: SynapseRequest | None
    ) -> Entry:
        if login is not None:
            seen = certificate_of(login, self._edge)
            if seen.organization is not None and seen.organization in own:
                return Entry(Certification(seen.organization, SignIn.CERTIFICATE), seen.subject)
            why = seen.why or f"the certificate is of {seen.organization}"
        else:
            why = "no request"
        raise await self._audit.refuse(
            ErrorCode.DEVICE_CERTIFICATE_NEEDED, ACTION, user_id, device_id=device_id, detail=why
        )

    async def _ask(
        self, user_id: str, device_id: str, look: Appearance, organization: OrganizationKey, mode: SignIn
    ) -> SynapseError:
        deciders = [user_id] if mode is SignIn.SELF else await self._devices.administrators(organization)
        request, new = await self._requests.ask(user_id, organization, mode, device_id, look, deciders)
        if request is None:
            return await self._audit.refuse(
                ErrorCode.DEVICE_REQUESTS_TOO_MANY, ACTION, user_id, device_id=device_id, status=429
            )
        detail = f"{request.number} {look.name}".strip()
        await self._audit.record(
            ACTION,
            Outcome.REFUSED,
            user_id,
            device_id=device_id,
            reason=ErrorCode.DEVICE_APPROVAL_NEEDED.value,
            detail=detail if new else f"{detail} (again)",
        )
        return SynapseError(
            403,
            approval_sentence(mode, request.number),
            ErrorCode.DEVICE_APPROVAL_NEEDED.value,
            {"jp.kairan.number": request.number},
        )
