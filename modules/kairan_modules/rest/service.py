"""What the bridge asks for: `/service/people/{user_id}…`, internal listener and its own token only."""

from kairan.errors import ErrorCode
from kairan.zones import Zone

from kairan_modules.directory import Directory
from kairan_modules.rest.errors import not_visible, refusal
from kairan_modules.rest.people import PersonAnswers, language_of
from kairan_modules.settings import Settings
from kairan_modules.synapse_compat import (
    JsonDict,
    ModuleApi,
    Requester,
    RestServlet,
    SynapseRequest,
    client_patterns_of_ours,
    parse_json_object_from_request,
    request_zone,
)


async def check_service(api: ModuleApi, request: SynapseRequest) -> Requester:
    """Raise unless it is our bridge, on the internal listener."""
    requester = await api.get_user_by_req(request)
    if request_zone(request) is not Zone.INTERNAL:
        raise refusal(403, ErrorCode.WRONG_FACE)
    if requester.app_service_id is None:
        raise refusal(403, ErrorCode.NOT_OPERATOR)
    return requester


class ServicePersonServlet(RestServlet):
    """`GET /service/people/{user_id}`: whether someone is local staff, and their language. A stranger is not staff."""

    PATTERNS = client_patterns_of_ours("/service/people/(?P<user_id>[^/]+)$")

    def __init__(self, api: ModuleApi, directory: Directory, answers: PersonAnswers, settings: Settings) -> None:
        super().__init__()
        self._api = api
        self._directory = directory
        self._answers = answers
        self._settings = settings

    async def on_GET(self, request: SynapseRequest, user_id: str) -> tuple[int, JsonDict]:
        await check_service(self._api, request)
        answer: JsonDict = {"user_id": user_id, "local": is_local(self._api, user_id), "staff": False, "language": "ja"}
        if answer["local"]:
            answer["language"] = (await self._settings.language(user_id)).value
            people = await self._answers.people(await self._directory.view(user_id), [user_id])
            answer["staff"] = bool(people)
            if people:
                answer["person"] = people[0]
        return 200, answer


class ServiceSettingsServlet(RestServlet):
    """`PUT /service/people/{user_id}/settings`: the bot was asked to speak another language."""

    PATTERNS = client_patterns_of_ours("/service/people/(?P<user_id>[^/]+)/settings$")

    def __init__(self, api: ModuleApi, settings: Settings) -> None:
        super().__init__()
        self._api = api
        self._settings = settings

    async def on_PUT(self, request: SynapseRequest, user_id: str) -> tuple[int, JsonDict]:
        await check_service(self._api, request)
        if not is_local(self._api, user_id) or await self._api.check_user_exists(user_id) is None:
            raise not_visible()
        return 200, await self._settings.set_language(user_id, language_of(parse_json_object_from_request(request)))


def is_local(api: ModuleApi, user_id: str) -> bool:
    """Whether this is a user ID of this server; nonsense is not."""
    return user_id.startswith("@") and user_id.partition(":")[2] == api.server_name
