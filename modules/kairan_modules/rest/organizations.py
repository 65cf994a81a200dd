"""The organisation tree and the people of a section: `/organizations…`."""

from collections import Counter

from kairan.organizations import OrganizationKey, SectionKey, in_tree_order

from kairan_modules.directory import Directory, View
from kairan_modules.rest.errors import not_visible
from kairan_modules.rest.parameters import limit_of, offset_of, page_of, text_of
from kairan_modules.rest.people import PersonAnswers
from kairan_modules.store import RegistryStore
from kairan_modules.synapse_compat import JsonDict, ModuleApi, RestServlet, SynapseRequest, client_patterns_of_ours


class OrganizationsServlet(RestServlet):
    """`GET /organizations`: those that the caller sees, own first."""

    PATTERNS = client_patterns_of_ours("/organizations$")

    def __init__(self, api: ModuleApi, store: RegistryStore, directory: Directory) -> None:
        super().__init__()
        self._api = api
        self._store = store
        self._directory = directory

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        requester = await self._api.get_user_by_req(request)
        limit, offset = limit_of(request), offset_of(request)
        view = await self._directory.view(requester.user.to_string())
        page = page_of(view.organizations, offset, limit, "organizations")
        page["organizations"] = [await organization_answer(self._store, view, key) for key in page["organizations"]]
        return 200, page


class OrganizationServlet(RestServlet):
    """`GET /organizations/{key}`: one organisation with its sections in tree order."""

    PATTERNS = client_patterns_of_ours("/organizations/(?P<organization>[^/]+)$")

    def __init__(self, api: ModuleApi, store: RegistryStore, directory: Directory) -> None:
        super().__init__()
        self._api = api
        self._store = store
        self._directory = directory

    async def on_GET(self, request: SynapseRequest, organization: str) -> tuple[int, JsonDict]:
        requester = await self._api.get_user_by_req(request)
        view = await self._directory.view(requester.user.to_string())
        if organization not in view.organizations:
            raise not_visible()
        key = OrganizationKey(organization)
        answer = await organization_answer(self._store, view, key)
        index = await self._store.directory(key, view.day)
        people = Counter(section for section, _ in {(entry.section, entry.user_id) for entry in index.entries})
        answer["sections"] = [
            {
                "section": section.key,
                "name": section.name,
                "kana": section.kana,
                "parent": section.parent,
                "depth": depth,
                "people": people[section.key],
            }
            for depth, section in in_tree_order(await self._store.sections(key))
        ]
        return 200, answer


class OrganizationPeopleServlet(RestServlet):
    """`GET /organizations/{key}/people`: everyone there, or in one of its sections, by kana."""

    PATTERNS = client_patterns_of_ours("/organizations/(?P<organization>[^/]+)/people$")

    def __init__(self, api: ModuleApi, store: RegistryStore, directory: Directory, answers: PersonAnswers) -> None:
        super().__init__()
        self._api = api
        self._store = store
        self._directory = directory
        self._answers = answers

    async def on_GET(self, request: SynapseRequest, organization: str) -> tuple[int, JsonDict]:
        requester = await self._api.get_user_by_req(request)
        limit, offset = limit_of(request), offset_of(request)
        section = text_of(request, "section")
        view = await self._directory.view(requester.user.to_string())
        if organization not in view.organizations:
            raise not_visible()
        key = OrganizationKey(organization)
        if section is not None and section not in await self._store.sections(key):
            raise not_visible()
        index = await self._store.directory(key, view.day)
        entries = index.people(None if section is None else SectionKey(section))
        page = page_of([entry.user_id for entry in entries], offset, limit, "people")
        page["people"] = await self._answers.people(view, page["people"])
        return 200, page


async def organization_answer(store: RegistryStore, view: View, key: OrganizationKey) -> JsonDict:
    """One organisation in the answers' form, without its sections."""
    organization = (await store.organizations()).by_key[key]
    return {
        "organization": key,
        "name": organization.name,
        "kana": organization.kana,
        "own": key in view.own,
        "walled": organization.walled,
        "people": await store.headcount(key, view.day),
    }
