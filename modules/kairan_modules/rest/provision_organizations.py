"""`/provision/organizations`: the organisations and their sections as declared."""

from kairan.organizations import Section
from kairan.policy import policy_data

from kairan_modules.rest.declarations import organizations_of
from kairan_modules.rest.provision import check_operator
from kairan_modules.store import RegistryStore
from kairan_modules.store.writes import put_organizations
from kairan_modules.synapse_compat import (
    JsonDict,
    ModuleApi,
    RestServlet,
    SynapseRequest,
    client_patterns_of_ours,
    parse_json_object_from_request,
)


class ProvisionOrganizationsServlet(RestServlet):
    """Reads them all; makes the given ones so, in one transaction."""

    PATTERNS = client_patterns_of_ours("/provision/organizations$")

    def __init__(self, api: ModuleApi, store: RegistryStore) -> None:
        super().__init__()
        self._api = api
        self._store = store

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        await check_operator(self._api, request)
        organizations = (await self._store.organizations()).by_key.values()
        return 200, {
            "organizations": [
                {
                    "organization": organization.key,
                    "name": organization.name,
                    "kana": organization.kana,
                    "opens_to": sorted(organization.opens_to),
                    "display_name": organization.display_name,
                    "policy": policy_data(organization.policy),
                    "sections": [
                        _section(section) for section in (await self._store.sections(organization.key)).values()
                    ],
                }
                for organization in organizations
            ]
        }

    async def on_PUT(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        await check_operator(self._api, request)
        declared = organizations_of(parse_json_object_from_request(request))
        changed = await self._api.run_db_interaction("kairan_put_organizations", put_organizations, declared)
        if changed:
            await self._store.changed()
        return 200, {"changed": changed, "unchanged": len(declared) - changed}


def _section(section: Section) -> JsonDict:
    return {
        "section": section.key,
        "name": section.name,
        "kana": section.kana,
        "parent": section.parent,
        "position": section.position,
    }
