"""A browser, and the pages before a stand-in homeserver."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from attrs import frozen
from kairan.zones import Zone
from kairan_bridge.pages import PagesSettings, build_app
from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize, sync_playwright

from tests import packages
from tests.browser.fake_homeserver import PASSWORD, FakeHomeserver
from tests.browser.serving import Serving, bound
from tests.browser.town_of_sixty import SERVER

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module.

    Not for longer: while Playwright is open, this thread counts as inside an event loop, where no test can begin one.
    """
    packages.require("chromium", "fonts-noto-cjk")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        yield opened
        opened.close()


@frozen
class Site:
    """The pages, and the homeserver behind them."""

    url: str
    homeserver: FakeHomeserver
    homeserver_url: str


@pytest.fixture
def site() -> Iterator[Site]:
    """The LGWAN pages with a homeserver of their own."""
    homeserver = FakeHomeserver()
    with Serving() as serving:
        listener, homeserver_url = bound()
        serving.serve(homeserver.application(), listener)
        listener, url = bound()
        settings = PagesSettings(
            zone=Zone.LGWAN, server_name=SERVER, face_url=homeserver_url, base_url=url, secret="s" * 32
        )
        serving.serve(build_app(settings), listener)
        yield Site(url, homeserver, homeserver_url)


class Visit:
    """A page in a context of its own. Whatever went wrong in it is found out at its end."""

    def __init__(self, context: BrowserContext, page: Page, url: str) -> None:
        self.context = context
        self.page = page
        self.url = url
        self.requested: list[str] = []
        self.complaints: list[str] = []
        context.on("request", self._request)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._console(message.type, message.text))

    def _request(self, request: Request) -> None:
        self.requested.append(request.url)

    def _console(self, kind: str, text: str) -> None:
        # The browser writes down every answer that is an error; those are what some tests are about.
        if kind in ("error", "warning") and "Failed to load resource" not in text:
            self.complaints.append(text)

    def open(self, path: str) -> Page:
        """Go to a path of the site."""
        self.page.goto(self.url + path)
        return self.page

    def sign_in(self, path: str = "/phonebook") -> Page:
        """Come to `path` signed in, with its list on show. The form has tests of its own."""
        self.take_session()
        page = self.open(path)
        page.locator(".people, .empty").first.wait_for(state="attached")
        return page

    def take_session(self) -> None:
        """Be signed in without having loaded anything."""
        answer = self.context.request.post(
            f"{self.url}/api/session", data={"user": "1001", "password": PASSWORD}, headers={"Origin": self.url}
        )
        assert answer.ok, answer.text()


@contextmanager
def visiting(browser: Browser, url: str, **options: Any) -> Iterator[Visit]:
    """Open a page whose context takes Playwright's `options`; Japanese and a desk's size unless they say otherwise."""
    context = browser.new_context(**{"locale": "ja-JP", "viewport": DESK, **options})
    context.set_default_timeout(15_000)
    visit = Visit(context, context.new_page(), url)
    try:
        yield visit
        assert visit.complaints == []
        assert [address for address in visit.requested if not address.startswith(url)] == []
    finally:
        context.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """A desk's visit to the site."""
    with visiting(browser, site.url) as opened:
        yield opened
