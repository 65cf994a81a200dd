"""The caller, people and the phone book: `/me`, `/people/{user_id}`, `/phonebook`."""

from collections.abc import Iterable, Sequence
from typing import Any

from kairan.language import Language
from kairan.organizations import OrganizationKey, SectionKey, section_path
from kairan.people import Posting, Role, UserID, own_organizations
from kairan.search import Query

from kairan_modules.directory import Directory, View
from kairan_modules.rest.errors import invalid, not_visible
from kairan_modules.rest.parameters import limit_of, offset_of, text_of
from kairan_modules.settings import Settings
from kairan_modules.store import RegistryStore
from kairan_modules.store.avatars import shared_avatars
from kairan_modules.synapse_compat import (
    JsonDict,
    ModuleApi,
    RestServlet,
    SynapseRequest,
    client_patterns_of_ours,
    parse_json_object_from_request,
)


class PersonAnswers:
    """Puts people into the answers' form."""

    def __init__(self, api: ModuleApi, store: RegistryStore, directory: Directory) -> None:
        self._avatars = shared_avatars(api)
        self._store = store
        self._directory = directory

    async def people(self, view: View, user_ids: Sequence[str]) -> list[JsonDict]:
        """These people, in this order, with the postings that the viewer may see; those without one are left out."""
        registered = await self._store.people(user_ids)
        avatars = await self._avatars.of(user_ids)
        answers = []
        for user_id in user_ids:
            found = registered.get(UserID(user_id))
            postings = await self._directory.current_postings(view, user_id)
            if found is None or not postings:
                continue
            answers.append(
                {
                    "user_id": user_id,
                    "name": found.person.name,
                    "kana": found.person.kana,
                    "display_name": found.display_name,
                    **({"avatar_url": avatars[user_id]} if user_id in avatars else {}),
                    "postings": await self.postings(postings),
                }
            )
        return answers

    async def postings(self, postings: Iterable[Posting]) -> list[JsonDict]:
        """These postings with the names of their organisation and sections."""
        organizations = (await self._store.organizations()).by_key
        answers = []
        for posting in postings:
            sections = await self._store.sections(posting.organization)
            path = section_path(posting.section, sections) if posting.section else []
            answer: dict[str, Any] = {
                "organization": posting.organization,
                "organization_name": organizations[posting.organization].name,
                "section": posting.section,
                "section_path": [section.name for section in path],
                "title": posting.title,
                "extension": posting.extension,
                "role": posting.role.value,
            }
            for name, day in (("starts", posting.starts), ("ends", posting.ends)):
                if day is not None:
                    answer[name] = day.isoformat()
            answers.append(answer)
        return answers


class MeServlet(RestServlet):
    """`GET /me`: the caller's own affiliation. Anyone with an account may ask."""

    PATTERNS = client_patterns_of_ours("/me$")

    def __init__(self, api: ModuleApi, directory: Directory, answers: PersonAnswers, settings: Settings) -> None:
        super().__init__()
        self._api = api
        self._directory = directory
        self._answers = answers
        self._settings = settings

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        user_id = (await self._api.get_user_by_req(request)).user.to_string()
        view = await self._directory.view(user_id)
        mine = await self._answers.people(view, [user_id])
        profile = mine[0] if mine else await self._stranger(user_id)
        administers = [
            key
            for key in own_organizations(view.postings, view.day)
            if any(p.organization == key and p.role is Role.ORGANIZATION_ADMIN for p in view.postings)
        ]
        language = await self._settings.language(user_id)
        return 200, {**profile, "language": language.value, "administers": administers}

    async def _stranger(self, user_id: str) -> JsonDict:
        profile = await self._api.get_profile_for_user(user_id[1 : user_id.index(":")])
        name = profile.display_name or user_id
        return {"user_id": user_id, "name": name, "kana": "", "display_name": name, "postings": []}


class SettingsServlet(RestServlet):
    """`PUT /me/settings`: the language in which the bot, pages and notices speak to the caller."""

    PATTERNS = client_patterns_of_ours("/me/settings$")

    def __init__(self, api: ModuleApi, settings: Settings) -> None:
        super().__init__()
        self._api = api
        self._settings = settings

    async def on_PUT(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        requester = await self._api.get_user_by_req(request)
        language = language_of(parse_json_object_from_request(request))
        return 200, await self._settings.set_language(requester.user.to_string(), language)


class PersonServlet(RestServlet):
    """`GET /people/{user_id}`: one person that the caller may see."""

    PATTERNS = client_patterns_of_ours("/people/(?P<user_id>[^/]+)$")

    def __init__(self, api: ModuleApi, directory: Directory, answers: PersonAnswers) -> None:
        super().__init__()
        self._api = api
        self._directory = directory
        self._answers = answers

    async def on_GET(self, request: SynapseRequest, user_id: str) -> tuple[int, JsonDict]:
        requester = await self._api.get_user_by_req(request)
        view = await self._directory.view(requester.user.to_string())
        people = await self._answers.people(view, [user_id])
        if not people:
            raise not_visible()
        return 200, people[0]


class PhonebookServlet(RestServlet):
    """`GET /phonebook`: the directory search of every client, with paging and narrowing."""

    PATTERNS = client_patterns_of_ours("/phonebook$")

    def __init__(self, api: ModuleApi, directory: Directory, answers: PersonAnswers) -> None:
        super().__init__()
        self._api = api
        self._directory = directory
        self._answers = answers

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        requester = await self._api.get_user_by_req(request)
        limit, offset = limit_of(request), offset_of(request)
        organization, section = text_of(request, "organization"), text_of(request, "section")
        view = await self._directory.view(requester.user.to_string())
        if organization is not None and organization not in view.organizations:
            raise not_visible()
        if section is not None and organization is None:
            raise invalid("section: only with organization")
        found = await self._directory.search(
            view,
            Query.parse(text_of(request, "q") or ""),
            limit=limit,
            offset=offset,
            organization=None if organization is None else OrganizationKey(organization),
            section=None if section is None else SectionKey(section),
        )
        answer: JsonDict = {"people": await self._answers.people(view, [entry.user_id for entry in found.entries])}
        if found.limited:
            answer["next_batch"] = str(offset + limit)
        return 200, answer


def language_of(body: JsonDict) -> Language:
    """`{"language": "en"}`. Raises `M_INVALID_PARAM` for another."""
    try:
        return Language(str(body.get("language")))
    except ValueError:
        raise invalid(f"language: one of {', '.join(language.value for language in Language)}") from None
