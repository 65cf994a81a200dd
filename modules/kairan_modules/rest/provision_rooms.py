"""`/provision/rooms`: the Space of an organisation, its sections' rooms and who is in them."""

from attrs import asdict
from kairan.organizations import OrganizationKey

from kairan_modules.organization_rooms import OrganizationRooms
from kairan_modules.rest.declarations import bad
from kairan_modules.rest.errors import invalid
from kairan_modules.rest.parameters import text_of
from kairan_modules.rest.provision import check_operator
from kairan_modules.store import RegistryStore
from kairan_modules.synapse_compat import (
    JsonDict,
    Linearizer,
    ModuleApi,
    RestServlet,
    SynapseRequest,
    client_patterns_of_ours,
    linearizer,
    parse_json_object_from_request,
)

_HIGHEST_BUDGET = 1000


class ProvisionRoomsServlet(RestServlet):
    """Tells what is to be done; does a part of it."""

    PATTERNS = client_patterns_of_ours("/provision/rooms$")

    def __init__(self, api: ModuleApi, store: RegistryStore, bot: str) -> None:
        super().__init__()
        self._api = api
        self._store = store
        self._rooms = OrganizationRooms(api, store, bot)
        self._one_at_a_time: Linearizer = linearizer(api, "kairan_provision_rooms")

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        await check_operator(self._api, request)
        organization = text_of(request, "organization")
        if organization is None:
            raise invalid("organization: needed")
        return 200, asdict(await self._rooms.outstanding(await self._registered(organization)))

    async def on_POST(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        await check_operator(self._api, request)
        body = parse_json_object_from_request(request)
        organization, budget = body.get("organization"), body.get("budget", 200)
        if not isinstance(budget, int) or isinstance(budget, bool) or not 1 <= budget <= _HIGHEST_BUDGET:
            bad(f"budget: a whole number from 1 to {_HIGHEST_BUDGET}")
        key = await self._registered(organization)
        async with self._one_at_a_time.queue("all"):
            done, remaining = await self._rooms.reconcile(key, budget)
        return 200, {**asdict(done), "remaining": remaining}

    async def _registered(self, organization: object) -> OrganizationKey:
        if not isinstance(organization, str) or organization not in (await self._store.organizations()).by_key:
            bad(f"organization {organization!r} is not registered")
        return OrganizationKey(organization)
