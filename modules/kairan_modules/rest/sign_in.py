"""`/sign_ins`: the person's own sign-ins of the last 90 days, misses included."""

from attrs import asdict

from kairan_modules.rest.parameters import limit_of, text_of
from kairan_modules.store.sign_in import SignInEntry, SignInStore
from kairan_modules.synapse_compat import JsonDict, ModuleApi, RestServlet, SynapseRequest, client_patterns_of_ours


class SignInsServlet(RestServlet):
    """`GET /sign_ins`: the newest first, with paging."""

    PATTERNS = client_patterns_of_ours("/sign_ins$")

    def __init__(self, api: ModuleApi, sign_ins: SignInStore) -> None:
        super().__init__()
        self._api = api
        self._sign_ins = sign_ins

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        user_id = (await self._api.get_user_by_req(request)).user.to_string()
        limit = limit_of(request)
        entries = await self._sign_ins.entries(user_id, before=text_of(request, "from") or "", limit=limit + 1)
        answer: JsonDict = {"sign_ins": [_answer(entry) for entry in entries[:limit]]}
        if len(entries) > limit:
            answer["next_batch"] = entries[limit - 1].entry
        return 200, answer


def _answer(entry: SignInEntry) -> JsonDict:
    answer = asdict(entry)
    # Every entry is the caller's own.
    del answer["user_id"]
    return answer
