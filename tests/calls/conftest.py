"""Two people's browsers, an edge, a homeserver and a relay."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from attrs import frozen
from kairan.zones import Zone
from playwright.sync_api import Page, sync_playwright

from tests import packages
from tests.browser.conftest import CHROMIUM_ARGUMENTS
from tests.browser.serving import Serving, bound
from tests.calls.relay import Relay, running_relay
from tests.edge.homeserver_process import PASSWORD, HomeserverProcess, homeserver_process
from tests.edge.nginx import Edge, prepared, running_edge
from tests.edge.processes import free_ports

HERE = Path(__file__).parent
TARO, HANAKO = "1001", "1002"
"""Two of one section (see `tests.homeserver.town`)."""

CALLING_ARGUMENTS = [
    *CHROMIUM_ARGUMENTS,
    # A test picture and a beep in place of camera and microphone, given without asking.
    "--use-fake-device-for-media-stream=fps=10",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    # Everything of a test is on the loopback address, under names that only the test has.
    "--allow-loopback-in-peer-connection",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
    "--disable-features=LocalNetworkAccessChecks,WebRtcHideLocalIpsWithMdns",
]


@frozen
class Person:
    """Somebody at a browser of their own."""

    page: Page
    user_id: str
    turn_servers: list[dict[str, Any]]

    def do(self, name: str, *arguments: object) -> Any:
        """Call one of the functions of `page.js`."""
        return self.page.evaluate("([name, args]) => window.kairan[name](...args)", [name, list(arguments)])

    def wait(self, name: str, *arguments: object) -> None:
        """Until one of them says yes; what has happened is told where it does not."""
        try:
            self.page.wait_for_function(
                "([name, args]) => window.kairan[name](...args)", arg=[name, list(arguments)], timeout=60_000
            )
        except Exception as error:
            raise AssertionError(f"{name} of {self.user_id}: {self.do('happened')}") from error

    def wait_for_media(self, **more: int) -> None:
        """Until so much more has come in than when this was asked: bytes of `audio` and `video`, `frames`."""
        before = self.do("media")
        deadline = time.monotonic() + 90
        while any((now := self.do("media"))[each] < before[each] + wanted for each, wanted in more.items()):
            assert time.monotonic() < deadline, f"{before} became {now}"
            self.page.wait_for_timeout(200)

    def wait_for_event(self, words: str) -> str:
        """Until something with these words in it has happened; returns the whole line."""
        self.page.wait_for_function(
            "(words) => window.kairan.happened().some((line) => line.includes(words))", arg=words, timeout=60_000
        )
        lines: list[str] = self.do("happened")
        return next(line for line in lines if words in line)


@frozen
class Town:
    """Where calls are placed."""

    edge: Edge
    homeserver: HomeserverProcess
    relay: Relay
    room: str
    tokens: dict[str, str]
    open_browser: Callable[[Zone, str, bool], Person]

    def say(self, person: str, words: str) -> str:
        """Send a message; returns its event ID."""
        answer = httpx.put(
            f"{self.homeserver.url(Zone.INTERNAL)}/_matrix/client/v3/rooms/{self.room}/send/m.room.message/{words}",
            json={"msgtype": "m.text", "body": words},
            headers={"Authorization": f"Bearer {self.tokens[person]}"},
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["event_id"])

    def call_events(self) -> list[tuple[str, str, str]]:
        """The events of calls in the room, the oldest first: ID, type and sender."""
        answer = httpx.get(
            f"{self.homeserver.url(Zone.INTERNAL)}/_matrix/client/v3/rooms/{self.room}/messages",
            params={"dir": "b", "limit": "100"},
            headers={"Authorization": f"Bearer {self.tokens[HANAKO]}"},
            trust_env=False,
        )
        return [
            (each["event_id"], each["type"], each["sender"])
            for each in reversed(answer.json()["chunk"])
            if each["type"].startswith("m.call.")
        ]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Two people with accounts share a room."""
    packages.require("chromium", "coturn", "nginx")
    edge = prepared(tmp_path_factory.mktemp("edge"))
    base_urls = {zone: f"{edge.sides[zone].url}/" for zone in (Zone.LGWAN, Zone.INTERNET)}
    with ExitStack() as stack:
        relay = stack.enter_context(running_relay(tmp_path_factory.mktemp("relay")))
        folder = tmp_path_factory.mktemp("homeserver")
        homeserver = stack.enter_context(homeserver_process(folder, base_urls, settings=relay.homeserver))
        # Nobody opens the pages of the bridge here.
        stack.enter_context(running_edge(edge, homeserver, dict(zip(edge.pages, free_ports(2), strict=True))))
        serving = stack.enter_context(Serving())
        listener, url = bound()
        application = web.Application()
        application.router.add_get("/", _empty_page)
        application.router.add_static("/static", HERE)
        serving.serve(application, listener)
        playwright = stack.enter_context(sync_playwright())

        def open_browser(zone: Zone, user: str, answers: bool) -> Person:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CALLING_ARGUMENTS)
            stack.callback(browser.close)
            page = browser.new_context(ignore_https_errors=True).new_page()
            page.goto(url)
            page.wait_for_function("window.kairan !== undefined")
            session = page.evaluate(
                "(options) => window.kairan.start(options)",
                {"baseUrl": edge.sides[zone].url, "user": user, "password": PASSWORD, "answers": answers},
            )
            return Person(page, session["userId"], session["turnServers"])

        operator = homeserver.register("operator", admin=True)
        homeserver.declare_town(operator)
        tokens = {person: homeserver.let_sign_in(operator, person) for person in (TARO, HANAKO)}
        yield Town(edge, homeserver, relay, _shared_room(homeserver, tokens), tokens, open_browser)


async def _empty_page(request: web.Request) -> web.Response:
    return web.Response(
        text='<!doctype html><script type="module" src="/static/page.js"></script>', content_type="text/html"
    )


def _shared_room(homeserver: HomeserverProcess, tokens: dict[str, str]) -> str:
    client = homeserver.url(Zone.INTERNAL) + "/_matrix/client/v3"
    taro, hanako = ({"Authorization": f"Bearer {tokens[person]}"} for person in (TARO, HANAKO))
    body = {"preset": "trusted_private_chat", "is_direct": True, "invite": [homeserver.user_id(HANAKO)]}
    with httpx.Client(trust_env=False, timeout=60) as http:
        answer = http.post(f"{client}/createRoom", json=body, headers=taro)
        assert answer.status_code == 200, answer.text
        room: str = answer.json()["room_id"]
        joined = http.post(f"{client}/join/{room}", json={}, headers=hanako)
        assert joined.status_code == 200, joined.text
    return room
