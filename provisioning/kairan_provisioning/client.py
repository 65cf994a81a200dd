"""The homeserver's provisioning endpoints, as docs/rest.md has them.

Every call may be sent again without harm, so what fails for a while is tried again a few times.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from json import JSONDecodeError
from types import TracebackType
from typing import Any, TypeVar

import httpx
from kairan.organizations import OrganizationKey

from kairan_provisioning.declaration import DeclaredOrganization
from kairan_provisioning.wire import (
    Counts,
    KnownPerson,
    Link,
    PeopleDone,
    RoomsDone,
    counts_from_json,
    links_from_json,
    organization_from_json,
    organization_to_json,
    person_from_json,
)

logger = logging.getLogger(__name__)

T = TypeVar("T")

PAGE = 5000
"""People asked for at once."""

BATCH = 1000
"""People sent at once: the most that the endpoint takes."""

TIMEOUT_S = 120.0
"""How long one answer may take, in seconds. A thousand new accounts take a while."""

PAUSES_S = (0.5, 1.0, 2.0)
"""The waits before trying again, in seconds."""

LONGEST_PAUSE_S = 30.0

_TEMPORARY = frozenset({429, 502, 503, 504})


class ServerUnreachableError(Exception):
    """The homeserver could not be reached, or stopped answering; the sentence says which and what to do."""


class ServerRefusedError(Exception):
    """The homeserver answered with an error.

    Attributes:
        status: the HTTP status.
        errcode: such as `JP.KAIRAN.NOT_OPERATOR`; empty if the answer was not in Synapse's form.
    """

    def __init__(self, status: int, errcode: str, error: str) -> None:
        super().__init__(f"HTTP {status} {errcode}: {error}".replace(" :", ":"))
        self.status = status
        self.errcode = errcode


class ProvisioningClient:
    """A homeserver's internal listener, spoken to with a server administrator's token."""

    def __init__(
        self,
        homeserver: str,
        token: str,
        *,
        pauses_s: Sequence[float] = PAUSES_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._homeserver = homeserver.rstrip("/")
        self._pauses_s = pauses_s
        self._sleep = sleep
        # A proxy of the environment has no business between this command and a loopback listener.
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(TIMEOUT_S, connect=10.0),
            trust_env=False,
        )

    def __enter__(self) -> "ProvisioningClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def server_name(self) -> str:
        """The server name of the accounts here."""
        answer = self._call("GET", "/_matrix/client/v3/account/whoami")
        return self._understood(lambda: str(answer["user_id"]).partition(":")[2])

    def organizations(self) -> dict[OrganizationKey, DeclaredOrganization]:
        """All organisations that are registered."""
        answer = self._provision("GET", "organizations")
        found = self._understood(lambda: [organization_from_json(item) for item in answer["organizations"]])
        return {each.organization.key: each for each in found}

    def put_organizations(self, organizations: Sequence[DeclaredOrganization]) -> None:
        """Register or change these."""
        self._provision("PUT", "organizations", {"organizations": [organization_to_json(o) for o in organizations]})

    def people(self) -> Iterator[list[KnownPerson]]:
        """Page by page, everybody who is registered, those who have retired too."""
        query: dict[str, str | int] = {"limit": PAGE}
        while True:
            answer = self._provision("GET", "people", query=query)
            yield self._understood(lambda answer=answer: [person_from_json(item) for item in answer["people"]])  # type: ignore[misc]
            if not answer.get("next_batch"):
                return
            query["from"] = answer["next_batch"]

    def put_people(self, people: Sequence[Mapping[str, Any]]) -> PeopleDone:
        """Make these people so: at most `BATCH`, in the form of `wire.person_to_json`."""
        answer = self._provision("PUT", "people", {"people": list(people)})
        return self._understood(
            lambda: PeopleDone(int(answer["created"]), int(answer["changed"]), int(answer["unchanged"]))
        )

    def pending_rooms(self, organization: OrganizationKey) -> Counts:
        """What `make_rooms` would do for an organisation that is registered."""
        answer = self._provision("GET", "rooms", query={"organization": organization})
        return self._understood(lambda: counts_from_json(answer))

    def make_rooms(self, organization: OrganizationKey, budget: int) -> RoomsDone:
        """At most `budget` changes towards the rooms and memberships that the registry asks for."""
        answer = self._provision("POST", "rooms", {"organization": organization, "budget": budget})
        return self._understood(lambda: RoomsDone(counts_from_json(answer), int(answer["remaining"])))

    def issue_links(self, localparts: Sequence[str], *, only_without_password: bool) -> list[Link]:
        """New activation links, in place of earlier ones, for at most `BATCH` people."""
        body = {"localparts": list(localparts), "only_without_password": only_without_password}
        answer = self._provision("POST", "activations", body)
        return self._understood(lambda: links_from_json(answer))

    def devices(self, user_id: str) -> Mapping[str, Any]:
        """The `devices` of a person, and the `requests` that wait (docs/rest.md)."""
        return dict(self._provision("GET", "devices", query={"user_id": user_id}))

    def device_action(self, word: str, **body: str) -> Mapping[str, Any]:
        """`approve` or `deny` a `number`, `revoke` a `device_id` of a `user_id`, or end all of one that is `lost`."""
        return dict(self._provision("POST", f"devices/{word}", body))

    def _provision(
        self, method: str, what: str, body: object = None, query: Mapping[str, str | int] | None = None
    ) -> Any:
        return self._call(method, f"/_synapse/client/kairan/v1/provision/{what}", body, query)

    def _call(self, method: str, path: str, body: object = None, query: Mapping[str, str | int] | None = None) -> Any:
        for pause in (*self._pauses_s, None):
            try:
                response = self._http.request(method, self._homeserver + path, json=body, params=query)
            except httpx.TransportError as error:
                if pause is None:
                    raise ServerUnreachableError(_unreachable(self._homeserver, error)) from None
                logger.info("%s %s: %s, trying again in %.1f s", method, path, type(error).__name__, pause)
            else:
                if response.status_code not in _TEMPORARY or pause is None:
                    return _answer(response)
                pause = min(max(pause, _asked_pause(response)), LONGEST_PAUSE_S)
                logger.info("%s %s: HTTP %d, trying again in %.1f s", method, path, response.status_code, pause)
            self._sleep(pause)
        raise AssertionError("the last try either answers or raises")

    def _understood(self, read: Callable[[], T]) -> T:
        # An answer that lacks a field or has another type is the server's fault, whatever exception that makes.
        try:
            return read()
        except Exception as error:
            raise ServerUnreachableError(
                f"{self._homeserver} の答えを読めません。Kairan のサーバーではないか、版が違います / "
                f"the answer cannot be understood: no Kairan server, or another version ({type(error).__name__})"
            ) from None


def _answer(response: httpx.Response) -> Any:
    try:
        answer = response.json()
    except (JSONDecodeError, UnicodeDecodeError):
        answer = None
    if response.is_success and isinstance(answer, dict):
        return answer
    if isinstance(answer, dict) and "errcode" in answer:
        raise ServerRefusedError(response.status_code, str(answer["errcode"]), str(answer.get("error", "")))
    raise ServerRefusedError(
        response.status_code,
        "",
        "Kairan の答えではありません。URL を確かめてください / not an answer of a Kairan server, check the URL",
    )


def _asked_pause(response: httpx.Response) -> float:
    """How long the server asks to wait, in seconds."""
    try:
        return float(response.headers.get("Retry-After") or response.json().get("retry_after_ms", 0) / 1000)
    except (ValueError, AttributeError, TypeError):
        return 0.0


def _unreachable(homeserver: str, error: httpx.TransportError) -> str:
    if isinstance(error, httpx.UnsupportedProtocol):
        return f"{homeserver} は http:// か https:// で始まる URL ではありません / not a URL with http:// or https://"
    if isinstance(error, httpx.TimeoutException):
        return f"{homeserver} が時間内に答えません / the homeserver does not answer in time"
    if isinstance(error, httpx.ConnectError):
        return (
            f"{homeserver} に接続できません。起動しているか、URL が正しいか確かめてください / "
            "cannot connect, check that the homeserver runs and the URL is right"
        )
    return f"{homeserver} との接続が途中で切れました / the connection broke ({type(error).__name__})"
