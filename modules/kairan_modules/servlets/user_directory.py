"""Every client's own people search, answered from the registry by who sees whom."""

from kairan.names import fold
from kairan.search import Query

from kairan_modules.directory import Directory
from kairan_modules.metrics import Metrics
from kairan_modules.rest.errors import invalid
from kairan_modules.store.avatars import shared_avatars
from kairan_modules.synapse_compat import (
    JsonDict,
    ModuleApi,
    SynapseRequest,
    UserDirectorySearchRestServlet,
    homeserver,
    limit_directory_search,
    parse_json_object_from_request,
)

_BOT_NAMES = tuple(fold(name) for name in ("回覧", "カイラン", "kairan", "ボット", "bot"))

_HIGHEST_LIMIT = 50
"""As in Synapse: a higher one is taken as this."""


class DirectorySearchServlet(UserDirectorySearchRestServlet):
    """`POST /user_directory/search` (client-server API, 10.24): own section first, own organisations, then others.

    The limit counts only people whom the caller may see, so `limited` is true exactly when more of those match.
    """

    def __init__(self, api: ModuleApi, directory: Directory, bot: str) -> None:
        super().__init__(homeserver(api))
        self._api = api
        self._directory = directory
        self._bot = bot
        self._avatars = shared_avatars(api)
        self._metrics = Metrics(api.server_name)

    async def on_POST(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        with self._metrics.search_seconds.time():
            return await self._search(request)

    async def _search(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        requester = await self.auth.get_user_by_req(request, allow_guest=False)
        await limit_directory_search(self, requester)
        body = parse_json_object_from_request(request)
        term, limit = body.get("search_term"), body.get("limit", 10)
        if not isinstance(term, str):
            raise invalid("search_term: a text")
        if not isinstance(limit, int) or isinstance(limit, bool):
            raise invalid("limit: a whole number")
        view = await self._directory.view(requester.user.to_string())
        found = await self._directory.search(view, Query.parse(term), limit=max(min(limit, _HIGHEST_LIMIT), 0))
        results: list[tuple[str, str]] = [(entry.user_id, entry.display_name) for entry in found.entries]
        if view.organizations and len(results) < limit and is_bot_sought(term):
            profile = await self._api.get_profile_for_user(self._bot[1:].partition(":")[0])
            results.append((self._bot, profile.display_name or "Kairan"))
        avatars = await self._avatars.of([user_id for user_id, _ in results])
        return 200, {
            "limited": found.limited,
            "results": [
                {
                    "user_id": user_id,
                    "display_name": display_name,
                    **({"avatar_url": avatars[user_id]} if user_id in avatars else {}),
                }
                for user_id, display_name in results
            ],
        }


def is_bot_sought(term: str) -> bool:
    """Whether somebody who types this looks for the bot, which has no posting by which to be found."""
    sought = fold(term)
    return len(sought) > 1 and any(name.startswith(sought) for name in _BOT_NAMES)
