"""`/activation…`: whoever has a link sets the password; `/provision/activations` gives out links."""

import re
from collections.abc import Sequence
from typing import Final

from kairan.people import Person, UserID

from kairan_modules.activations import Activation, Activations
from kairan_modules.rest.declarations import bad
from kairan_modules.rest.errors import invalid
from kairan_modules.rest.provision import check_operator
from kairan_modules.store import RegistryStore
from kairan_modules.synapse_compat import (
    JsonDict,
    ModuleApi,
    RestServlet,
    SynapseRequest,
    client_patterns_of_ours,
    parse_json_object_from_request,
    password_hash,
)

PAGE: Final = "/activate"
"""Where the pages take a link. The token stands behind `#`, which browsers keep to themselves."""

AT_ONCE: Final = 1000

_LONGEST_PASSWORD: Final = 512
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}\Z")


class ActivationCheckServlet(RestServlet):
    """`POST /activation/check`: whose link this is and what their password must be. No access token is needed."""

    PATTERNS = client_patterns_of_ours("/activation/check$")

    def __init__(self, activations: Activations) -> None:
        super().__init__()
        self._activations = activations

    async def on_POST(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        found = await self._activations.show(_token(parse_json_object_from_request(request)))
        return 200, _answer(found)


class ActivationServlet(RestServlet):
    """`POST /activation`: sets the password, and the link is dead. No access token is needed."""

    PATTERNS = client_patterns_of_ours("/activation$")

    def __init__(self, activations: Activations) -> None:
        super().__init__()
        self._activations = activations

    async def on_POST(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        body = parse_json_object_from_request(request)
        password = body.get("password")
        if not isinstance(password, str) or not 0 < len(password) <= _LONGEST_PASSWORD:
            raise invalid(f"password: a text of 1 to {_LONGEST_PASSWORD} characters")
        return 200, {"user_id": await self._activations.use(_token(body), password)}


class ProvisionActivationsServlet(RestServlet):
    """`POST /provision/activations`: a new link for each of these people, in place of earlier ones."""

    PATTERNS = client_patterns_of_ours("/provision/activations$")

    def __init__(self, api: ModuleApi, store: RegistryStore, activations: Activations) -> None:
        super().__init__()
        self._api = api
        self._store = store
        self._activations = activations

    async def on_POST(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        await check_operator(self._api, request)
        body = parse_json_object_from_request(request)
        localparts, only_without = body.get("localparts"), body.get("only_without_password", False)
        if not isinstance(localparts, list) or not all(isinstance(each, str) for each in localparts):
            raise invalid("localparts: a list of texts")
        if not isinstance(only_without, bool):
            raise invalid("only_without_password: true or false")
        if len(localparts) > AT_ONCE:
            bad(f"localparts: at most {AT_ONCE} at once")
        people = await self._known(list(dict.fromkeys(localparts)))
        if only_without:
            people = {each: person for each, person in people.items() if await password_hash(self._api, each) is None}
        tokens, expires = await self._activations.issue(list(people))
        return 200, {
            "links": {people[user_id].localpart: f"{PAGE}#{token}" for user_id, token in tokens.items()},
            "names": {people[user_id].localpart: people[user_id].name for user_id in tokens},
            "expires_ts": expires,
        }

    async def _known(self, localparts: Sequence[str]) -> dict[str, Person]:
        """The people by user ID. Raises `BAD_DECLARATION` for the first who has no posting of any date."""
        found: dict[str, Person] = {}
        registered = await self._store.people([self._api.get_qualified_user_id(each) for each in localparts])
        for localpart in localparts:
            user_id = self._api.get_qualified_user_id(localpart)
            known = registered.get(UserID(user_id))
            if known is None or not known.person.postings:
                bad(f"localparts: {localpart!r} is not registered, or has retired")
            found[user_id] = known.person
        return found


def _token(body: JsonDict) -> str:
    """The token; one that cannot be ours becomes one that is not, so that it counts as a wrong one."""
    token = body.get("token")
    if not isinstance(token, str):
        raise invalid("token: a text")
    return token if _TOKEN.match(token) else ""


def _answer(found: Activation) -> JsonDict:
    return {
        "user_id": found.user_id,
        "name": found.name,
        "password": {"shortest": found.rules.shortest, "kinds": found.rules.kinds},
    }
