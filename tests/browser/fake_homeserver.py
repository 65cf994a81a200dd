"""A stand-in for the homeserver's face, for the states of a page that a real one shows only with effort.

It speaks what docs/rest.md says, with the sixty people of `town_of_sixty`. The test against the real
stack is `test_real_stack.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.browser.fake_devices import FakeDevices
from tests.browser.town_of_sixty import ORGANIZATIONS, SECTIONS, SERVER, people

PASSWORD = "ひらけごま2026"
ME = f"@1001:{SERVER}"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FakeHomeserver:
    """Its attributes are its state; a test sets them and sees what a page makes of it."""

    def __init__(self) -> None:
        self.people = people()
        self.flows: list[dict[str, Any]] = [{"type": "m.login.password"}]
        self.language: str | None = None
        """What the person chose."""
        self.staff = True
        self.tokens: set[str] = set()
        self.broken = False
        """Answers like a proxy whose homeserver is gone."""
        self.slow_for: dict[str, float] = {}
        """Seconds that a search for a query takes."""
        self.limited = False
        self.link = "aLinkThatWorksOnce0123"
        """The token of the one activation link; empty once it is used."""
        self.devices = FakeDevices()
        self.asked: list[str] = []
        """Path and query of every request."""

    def application(self) -> web.Application:
        """The face."""
        app = web.Application(middlewares=[self._weather])
        kairan = "/_synapse/client/kairan/v1"
        app.add_routes(
            [
                web.get("/.well-known/matrix/client", self._well_known),
                web.get("/_matrix/client/v3/login", self._flows),
                web.post("/_matrix/client/v3/login", self._login),
                web.post("/_matrix/client/v3/logout", self._logout),
                web.get("/_matrix/client/v3/login/sso/redirect", self._sso),
                web.get("/_matrix/client/v3/user/{user_id}/account_data/jp.kairan.settings", self._account_data),
                web.post(f"{kairan}/activation/check", self._check_activation),
                web.post(f"{kairan}/activation", self._activate),
                web.get(f"{kairan}/me", self._me),
                web.put(f"{kairan}/me/settings", self._settings),
                web.get(f"{kairan}/organizations", self._organizations),
                web.get(f"{kairan}/organizations/{{key}}", self._organization),
                web.get(f"{kairan}/organizations/{{key}}/people", self._people),
                web.get(f"{kairan}/phonebook", self._phonebook),
                web.get(f"{kairan}/people/{{user_id}}", self._person),
                *self.devices.routes(kairan),
            ]
        )
        return app

    @web.middleware
    async def _weather(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        if self.broken:
            return web.Response(status=502, text="<h1>Bad Gateway</h1>", content_type="text/html")
        if request.path.startswith("/_synapse") and "/activation" not in request.path:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if token not in self.tokens:
                return _error(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.")
        return await handler(request)

    async def _well_known(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"m.homeserver": {"base_url": f"{request.scheme}://{request.host}/"}})

    async def _flows(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"flows": self.flows})

    async def _login(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if self.limited:
            return _error(429, "M_LIMIT_EXCEEDED", "Too Many Requests", retry_after_ms=12_300)
        right = body.get("password") == PASSWORD and body["identifier"]["user"] in ("1001", ME)
        if not right and body.get("token") != "single-use":
            return _error(403, "M_FORBIDDEN", "Invalid username or password")
        token = f"token{len(self.tokens)}"
        self.tokens.add(token)
        return web.json_response({"user_id": ME, "access_token": token, "device_id": "PAGES"})

    async def _logout(self, request: web.Request) -> web.StreamResponse:
        self.tokens.discard(request.headers["Authorization"].removeprefix("Bearer "))
        return web.json_response({})

    async def _sso(self, request: web.Request) -> web.StreamResponse:
        """An identity provider that knows everybody."""
        raise web.HTTPFound(f"{request.query['redirectUrl']}&loginToken=single-use")

    async def _check_activation(self, request: web.Request) -> web.StreamResponse:
        if self.limited:
            return _error(429, "JP.KAIRAN.LOCKED_OUT", "パスワードの間違い… / Too many…", retry_after_ms=12_300)
        if (await request.json())["token"] != self.link:
            return _error(403, "JP.KAIRAN.ACTIVATION_DEAD", "このリンクは使えません。 / This link does not work.")
        name = self.people[0]["name"]
        return web.json_response({"user_id": ME, "name": name, "password": {"shortest": 14, "kinds": 3}})

    async def _activate(self, request: web.Request) -> web.StreamResponse:
        refused = await self._check_activation(request)
        if refused.status != 200:
            return refused
        if len((await request.json())["password"]) < 14:
            faults = {"jp.kairan.faults": ["short", "kinds", "name"]}
            return _error(400, "JP.KAIRAN.WEAK_PASSWORD", "このパスワードは使えません。 / No.", **faults)
        self.link = ""
        return web.json_response({"user_id": ME})

    async def _me(self, request: web.Request) -> web.StreamResponse:
        about = self.people[0] if self.staff else {**self.people[0], "postings": []}
        return web.json_response({**about, "language": self.language or "ja", "administers": self.devices.administers})

    async def _account_data(self, request: web.Request) -> web.StreamResponse:
        if self.language is None:
            return _error(404, "M_NOT_FOUND", "Account data not found")
        return web.json_response({"language": self.language})

    async def _settings(self, request: web.Request) -> web.StreamResponse:
        self.language = (await request.json())["language"]
        return web.json_response({"language": self.language})

    async def _organizations(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"organizations": [self._headcounted(row) for row in ORGANIZATIONS]})

    def _headcounted(self, organization: dict[str, Any]) -> dict[str, Any]:
        return {**organization, "people": len(self._posted(organization["organization"], None))}

    async def _organization(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        if key not in SECTIONS:
            return _error(404, "JP.KAIRAN.NOT_VISIBLE", "該当する人または組織は見つかりません。 / Not found.")
        sections = [
            {**section, "kana": "", "depth": 0, "people": len(self._posted(key, section["section"]))}
            for section in SECTIONS[key]
        ]
        about = next(row for row in ORGANIZATIONS if row["organization"] == key)
        return web.json_response({**self._headcounted(about), "sections": sections})

    def _posted(self, organization: str, section: str | None) -> list[dict[str, Any]]:
        return [
            person
            for person in self.people
            if any(
                row["organization"] == organization and section in (None, row["section"]) for row in person["postings"]
            )
        ]

    async def _people(self, request: web.Request) -> web.StreamResponse:
        found = self._posted(request.match_info["key"], request.query.get("section"))
        return _page(request, sorted(found, key=lambda person: str(person["kana"])))

    async def _phonebook(self, request: web.Request) -> web.StreamResponse:
        query = request.query.get("q", "")
        await asyncio.sleep(self.slow_for.get(query, 0))
        wide = {person["user_id"] for person in self.people}
        if organization := request.query.get("organization"):
            wide = {person["user_id"] for person in self._posted(organization, request.query.get("section"))}
        found = [p for p in self.people if p["user_id"] in wide and _katakana(query) in _searched(p)]
        return _page(request, found)

    async def _person(self, request: web.Request) -> web.StreamResponse:
        wanted = request.match_info["user_id"]
        for person in self.people:
            if person["user_id"] == wanted:
                return web.json_response(person)
        return _error(404, "JP.KAIRAN.NOT_VISIBLE", "該当する人または組織は見つかりません。 / Not found.")


def _katakana(text: str) -> str:
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)


def _searched(person: dict[str, Any]) -> str:
    words = [person["name"], person["kana"]]
    for row in person["postings"]:
        words += [row["organization_name"], *row["section_path"], row["title"], row["extension"]]
    return " ".join(words)


def _page(request: web.Request, found: list[dict[str, Any]]) -> web.Response:
    limit, start = int(request.query.get("limit", "20")), int(request.query.get("from", "0"))
    answer: dict[str, Any] = {"people": found[start : start + limit]}
    if start + limit < len(found):
        answer["next_batch"] = str(start + limit)
    return web.json_response(answer)


def _error(status: int, errcode: str, error: str, **more: object) -> web.Response:
    return web.json_response({"errcode": errcode, "error": error, **more}, status=status)
