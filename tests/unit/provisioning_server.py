"""A homeserver's provisioning endpoints in memory, over real HTTP, as docs/rest.md has them.

It can die: after so many changes it answers nothing more, having done the last one or not.
"""

import asyncio
import datetime
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web
from kairan.organizations import OrganizationKey, SectionKey
from kairan.people import Person, display_name
from kairan_provisioning.declaration import DeclaredOrganization
from kairan_provisioning.wire import organization_from_json, organization_to_json, person_from_json, person_to_json

TOKEN = "syt_operator_of_the_test"
SERVER_NAME = "osaka.test"
TODAY = datetime.date(2026, 11, 21)

Member = tuple[str, str, str | None]


class MemoryServer:
    """What a server holds, and the application that serves it."""

    def __init__(self) -> None:
        self.organizations: dict[OrganizationKey, DeclaredOrganization] = {}
        self.people: dict[str, Person] = {}
        self.accounts: list[str] = []
        self.passwords: dict[str, str] = {}
        self.rooms: list[tuple[str, str | None]] = []
        self.joined: list[Member] = []
        self.changes: list[str] = []
        self.dies_after: int | None = None
        self.dies_before_doing = False
        self.makes_rooms = True
        self.answers: list[tuple[int, dict[str, str]]] = []
        """Status and body given instead of the next answers."""
        self.holds = threading.Event()
        self.held = threading.Event()
        self.goes_on = threading.Event()
        """While `holds` is set, the next change sets `held` and waits for this."""

    def application(self) -> web.Application:
        """The application; one for each start."""
        application = web.Application(middlewares=[self._guard], client_max_size=50_000_000)
        base = "/_synapse/client/kairan/v1/provision"
        application.add_routes(
            [
                web.get("/_matrix/client/v3/account/whoami", self._whoami),
                web.get(f"{base}/organizations", self._get_organizations),
                web.put(f"{base}/organizations", self._put_organizations),
                web.get(f"{base}/people", self._get_people),
                web.put(f"{base}/people", self._put_people),
                web.get(f"{base}/rooms", self._get_rooms),
                web.post(f"{base}/rooms", self._post_rooms),
            ]
        )
        return application

    @property
    def dead(self) -> bool:
        """Whether it has done all that it was to do before dying."""
        return self.dies_after is not None and len(self.changes) >= self.dies_after

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.answers:
            status, body = self.answers.pop(0)
            return web.json_response(body, status=status)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(401, "M_UNKNOWN_TOKEN", "Unrecognised access token")
        changes = request.method != "GET"
        if self.dead or (changes and self.dies_before_doing and self.dies_after == len(self.changes) + 1):
            self.dies_after = len(self.changes)
            return _hang_up(request)
        if changes and self.holds.is_set():
            self.held.set()
            await asyncio.to_thread(self.goes_on.wait, 30)
        response: web.StreamResponse = await handler(request)
        if changes and response.status == 200:
            self.changes.append(f"{request.method} {request.path.rsplit('/', 1)[1]}")
        return _hang_up(request) if self.dead else response

    async def _whoami(self, request: web.Request) -> web.Response:
        return web.json_response({"user_id": f"@admin:{SERVER_NAME}"})

    async def _get_organizations(self, request: web.Request) -> web.Response:
        return web.json_response({"organizations": [organization_to_json(o) for o in self.organizations.values()]})

    async def _put_organizations(self, request: web.Request) -> web.Response:
        for item in (await request.json())["organizations"]:
            declared = organization_from_json(item)
            key = declared.organization.key
            kept = {
                section_key: section
                for section_key, section in (
                    self.organizations[key].sections if key in self.organizations else {}
                ).items()
                if any(
                    (p.organization, p.section) == (key, section_key) for x in self.people.values() for p in x.postings
                )
            }
            self.organizations[key] = DeclaredOrganization(declared.organization, {**kept, **declared.sections})
        return web.json_response({})

    async def _get_people(self, request: web.Request) -> web.Response:
        organization, after = request.query.get("organization"), request.query.get("from", "")
        limit = int(request.query["limit"])
        found = sorted(
            number
            for number, person in self.people.items()
            if number > after and (not organization or any(p.organization == organization for p in person.postings))
        )
        page = found[: min(limit, 2)] if len(found) < 50 else found[:limit]
        answer: dict[str, Any] = {"people": [self._person(self.people[number]) for number in page]}
        if len(page) < len(found):
            answer["next_batch"] = page[-1]
        return web.json_response(answer)

    def _person(self, person: Person) -> dict[str, Any]:
        return {
            **person_to_json(person),
            "display_name": self.display_name(person.localpart),
            "locked": not person.postings,
        }

    def display_name(self, number: str) -> str:
        """As the homeserver makes it."""
        person = self.people[number]
        main = next(iter(person.current_postings(TODAY)), None)
        if main is None:
            return display_name(person.name, None, None)
        declared = self.organizations[main.organization]
        section = declared.sections[main.section] if main.section else None
        return display_name(person.name, declared.organization, section, main.title)

    async def _put_people(self, request: web.Request) -> web.Response:
        items = (await request.json())["people"]
        if len(items) > 1000:
            return _error(400, "JP.KAIRAN.BAD_DECLARATION", "多すぎます / too many")
        known = [person_from_json(item).person for item in items]
        for person in known:
            for posting in person.postings:
                declared = self.organizations.get(posting.organization)
                if declared is None or (posting.section is not None and posting.section not in declared.sections):
                    return _error(400, "JP.KAIRAN.BAD_DECLARATION", f"{person.localpart}: 課がありません / no section")
        created = changed = 0
        for item, person in zip(items, known, strict=True):
            if person.localpart not in self.accounts:
                created += 1
                self.accounts.append(person.localpart)
                if "first_password" in item:
                    self.passwords[person.localpart] = item["first_password"]
            elif self.people.get(person.localpart) != person:
                changed += 1
            self.people[person.localpart] = person
        return web.json_response({"created": created, "changed": changed, "unchanged": len(items) - created - changed})

    def _wanted(self, organization: str) -> tuple[list[tuple[str, str | None]], list[Member]]:
        declared = self.organizations[OrganizationKey(organization)]
        keys: list[SectionKey | None] = [None, *declared.sections]
        members = {
            (person.localpart, organization, section)
            for person in self.people.values()
            for posting in person.current_postings(TODAY)
            if posting.organization == organization
            for section in {None, posting.section}
        }
        return [(organization, key) for key in keys], sorted(members, key=str)

    def _pending(self, organization: str) -> tuple[list[tuple[str, str | None]], list[Member], list[Member]]:
        rooms, members = self._wanted(organization)
        return (
            [room for room in rooms if room not in self.rooms],
            [member for member in members if member not in self.joined],
            [member for member in self.joined if member[1] == organization and member not in members],
        )

    async def _get_rooms(self, request: web.Request) -> web.Response:
        rooms, joins, leaves = self._pending(request.query["organization"])
        return web.json_response({"rooms": len(rooms), "joins": len(joins), "leaves": len(leaves)})

    async def _post_rooms(self, request: web.Request) -> web.Response:
        body = await request.json()
        organization = body["organization"]
        # Less than was allowed, so that even a small town takes several calls.
        budget = min(body["budget"], 7) if self.makes_rooms else 0
        rooms, joins, leaves = self._pending(organization)
        made = rooms[:budget]
        joined = joins[: budget - len(made)]
        left = leaves[: budget - len(made) - len(joined)]
        self.rooms.extend(made)
        self.joined.extend(joined)
        for member in left:
            self.joined.remove(member)
        remaining = len(rooms) + len(joins) + len(leaves) - len(made) - len(joined) - len(left)
        return web.json_response(
            {"rooms": len(made), "joins": len(joined), "leaves": len(left), "remaining": remaining}
        )


def _error(status: int, errcode: str, error: str) -> web.Response:
    return web.json_response({"errcode": errcode, "error": error}, status=status)


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@contextmanager
def serving(server: MemoryServer) -> Iterator[str]:
    """Serve on a loopback port of the system's choice; gives the base URL."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(server.application())

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return int(runner.addresses[0][1])

    port = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
