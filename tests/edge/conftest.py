"""The edge in front of a real homeserver, for the tests of one file."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from attrs import frozen
from kairan.zones import Zone
from kairan_bridge.pages import PagesSettings, build_app

from tests import packages
from tests.browser.serving import Serving, bound
from tests.edge.homeserver_process import PASSWORD, HomeserverProcess, homeserver_process
from tests.edge.nginx import Answer, Edge, Side, prepared, running_edge


@frozen
class Site:
    """An edge, what stands behind it, and one person's token."""

    edge: Edge
    homeserver: HomeserverProcess
    token: str
    operator: str

    def sign_in(self, side: Side, password: str = PASSWORD, path: str = "v3/login") -> Answer:
        """`POST /login` as the person."""
        return self.edge.ask(
            side,
            "POST",
            f"/_matrix/client/{path}",
            headers={"Content-Type": "application/json"},
            body=json.dumps(
                {
                    "type": "m.login.password",
                    "identifier": {"type": "m.id.user", "user": "yamada"},
                    "password": password,
                }
            ),
        )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Homeserver, pages and edge; few attempts to sign in are allowed on the Internet side."""
    packages.require("nginx")
    edge = prepared(tmp_path_factory.mktemp("edge"))
    base_urls = {zone: f"{edge.sides[zone].url}/" for zone in (Zone.LGWAN, Zone.INTERNET)}
    with ExitStack() as stack:
        homeserver = stack.enter_context(
            homeserver_process(
                tmp_path_factory.mktemp("homeserver"), base_urls, modules=[{"module": "tests.edge.mirror.Mirror"}]
            )
        )
        serving = stack.enter_context(Serving())
        pages = {}
        for zone, side in edge.pages.items():
            listener, url = bound()
            pages[zone] = int(url.rsplit(":", 1)[1])
            settings = PagesSettings(
                zone=zone,
                server_name=homeserver.server_name,
                face_url=homeserver.url(zone),
                base_url=side.url,
                secret="s" * 32,
            )
            serving.serve(build_app(settings), listener)
        changes = {"internet__sign_in_rate": "6r/m", "internet__sign_in_burst": 5, "homeserver__upload_size": "1m"}
        stack.enter_context(running_edge(edge, homeserver, pages, **changes))
        token = homeserver.register("yamada")
        yield Site(edge, homeserver, token, homeserver.register("operator", admin=True))
