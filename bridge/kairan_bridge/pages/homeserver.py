"""The homeserver's face of one zone, as the pages use it."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
from attrs import frozen
from yarl import URL

from kairan_bridge.pages.errors import HOMESERVER_UNREACHABLE, UNKNOWN_PATH
from kairan_bridge.pages.session import DEVICE_NAME

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)

KAIRAN = "/_synapse/client/kairan/v1"


@frozen
class Answer:
    """What the homeserver said: a status and a JSON object."""

    status: int
    body: dict[str, Any]


class Face:
    """Calls one base URL. It holds nobody's token and no cookies: both would outlive a request."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connection pool. To be called in the loop that serves."""
        self._http = aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())

    async def stop(self) -> None:
        """Close it."""
        if self._http is not None:
            await self._http.close()

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        language: str | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        address: str | None = None,
    ) -> Answer:
        """One request. `path` is percent-encoded already; `language` is what the answer's sentences should be in.

        `address` is the browser's, which the face believes if its listener says `x_forwarded`.

        Raises:
            PageError: `HOMESERVER_UNREACHABLE`, also where what answers is not a homeserver.
        """
        if self._http is None:
            raise RuntimeError("the face was not started")
        headers = {"Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if language is not None:
            headers["Accept-Language"] = language
        if address:
            headers["X-Forwarded-For"] = address
        url = URL(self._url + path, encoded=True).with_query(query or None)
        try:
            async with self._http.request(method, url, headers=headers, json=body, allow_redirects=False) as response:
                answered = json.loads(await response.read())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise HOMESERVER_UNREACHABLE from error
        if not isinstance(answered, dict):
            raise HOMESERVER_UNREACHABLE
        return Answer(response.status, answered)

    async def login_flows(self) -> list[dict[str, Any]]:
        """How one may sign in (`GET /login`).

        https://spec.matrix.org/latest/client-server-api/#get_matrixclientv3login
        """
        answer = await self.call("GET", "/_matrix/client/v3/login")
        if answer.status != 200:
            raise HOMESERVER_UNREACHABLE
        return [flow for flow in answer.body.get("flows", []) if isinstance(flow, dict)]

    async def login(self, credentials: Mapping[str, Any], address: str) -> Answer:
        """Sign in with `type` and what belongs to it, from a browser at this address."""
        body = {**credentials, "initial_device_display_name": DEVICE_NAME}
        return await self.call("POST", "/_matrix/client/v3/login", body=body, address=address)

    async def logout(self, token: str) -> None:
        """End a token. A token that has ended already is no error."""
        await self.call("POST", "/_matrix/client/v3/logout", token=token, body={})

    async def public_url(self) -> str:
        """The face's own name for itself, which browsers of the zone reach; ours for it where it names none.

        https://spec.matrix.org/latest/client-server-api/#getwell-knownmatrixclient
        """
        answer = await self.call("GET", "/.well-known/matrix/client")
        named = answer.body.get("m.homeserver") if answer.status == 200 else None
        url = named.get("base_url") if isinstance(named, dict) else None
        return url.rstrip("/") if isinstance(url, str) else self._url


def segment(value: str) -> str:
    """One path segment, percent-encoded whole: `272060/council` becomes `272060%2Fcouncil`.

    Raises:
        PageError: `UNKNOWN_PATH` for `.` and `..`, which cannot be encoded and would climb out of the path.
    """
    if value in (".", ".."):
        raise UNKNOWN_PATH
    return quote(value, safe="")
