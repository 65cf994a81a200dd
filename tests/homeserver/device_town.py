"""The small world, in which every way to certify devices has its organisation."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import attrs
import httpx
from kairan.zones import Zone
from kairan_modules.synapse_compat import LoggingTransaction

from tests.homeserver.harness import HOST, Database, HomeserverFactory, ModuleList, Server, kairan_modules
from tests.homeserver.town import (
    API,
    ORGANIZATIONS,
    SERVICE_TOKEN,
    Town,
    found_town,
    person,
    posting,
    token_of,
)
from tests.homeserver.town import PEOPLE as TOWNSPEOPLE

PASSWORD = "correct horse battery staple"
EDGE = "127.0.0.9"
"""The address that the edge has here."""

AUTHORITY = "CN=Toyonaka Device CA,O=Toyonaka"
OTHER_AUTHORITY = "CN=Sakai Device CA,O=Sakai"
TELEPHONE = "Element/1.6.3 (Google Pixel 7; Android 14)"

MODES = {"272060": "self", "270008": "open", "271403": "admin", "272035": "certificate"}
"""How the people of each organisation sign in on the Internet side."""

PEOPLE = [
    person("3002", "管理 堺", "カンリ サカイ", posting("271403", role="organization_admin")),
    person("2002", "管理 府", "カンリ フ", posting("270008", role="organization_admin")),
    person("5001", "兼務 人", "ケンム ヒト", posting("270008"), posting("271403")),
]


def device_modules(base_urls: Mapping[Zone, str]) -> ModuleList:
    """Kairan's modules with an edge that vouches for two authorities."""
    edge = {"addresses": [EDGE], "authorities": {"272035": AUTHORITY, "271403": OTHER_AUTHORITY}}
    config = {"operators_on_internet": True, "edge": edge}
    others = [each for each in kairan_modules(base_urls) if each["module"] != "kairan_modules.Devices"]
    return [{"module": "kairan_modules.Devices", "config": config}, *others]


@attrs.frozen
class DeviceTown:
    """The town, and how people sign in in it."""

    town: Town

    @property
    def server(self) -> Server:
        """The homeserver."""
        return self.town.server

    def client(
        self,
        zone: Zone,
        token: str | None = None,
        *,
        address: str = HOST,
        user_agent: str = TELEPHONE,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Client:
        """A client that connects from `address`, one of the loopback network."""
        everything = {"User-Agent": user_agent, **(headers or {})}
        if token:
            everything["Authorization"] = f"Bearer {token}"
        transport = httpx.HTTPTransport(local_address=address)
        return httpx.Client(
            base_url=self.server.url(zone), headers=everything, timeout=60, trust_env=False, transport=transport
        )

    def sign_in(
        self,
        localpart: str,
        zone: Zone = Zone.INTERNET,
        *,
        device_id: str | None = None,
        name: str = "わたしの電話",
        address: str = HOST,
        user_agent: str = TELEPHONE,
        headers: Mapping[str, str] | None = None,
        password: str = PASSWORD,
        **others: object,
    ) -> httpx.Response:
        """`POST /login` with the password."""
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": localpart},
            "password": password,
            "initial_device_display_name": name,
            **({"device_id": device_id} if device_id else {}),
            **others,
        }
        with self.client(zone, address=address, user_agent=user_agent, headers=headers) as client:
            return client.post("/_matrix/client/v3/login", json=body)

    def number(self, localpart: str, **others: Any) -> str:
        """Try to sign in from the Internet and return the number that the refusal shows."""
        answer = self.sign_in(localpart, **others)
        assert answer.status_code == 403, answer.text
        assert answer.json()["errcode"] == "JP.KAIRAN.DEVICE_APPROVAL_NEEDED", answer.text
        number: str = answer.json()["jp.kairan.number"]
        assert number in answer.json()["error"]
        return number

    def ask(
        self, localpart: str, method: str, path: str, zone: Zone = Zone.LGWAN, body: object = None, token: str = ""
    ) -> httpx.Response:
        """Call our REST API as this person, by their LGWAN session or by `token`."""
        with self.client(zone, token or self.town.tokens[localpart]) as client:
            return client.request(method, API + path, json={} if body is None and method == "POST" else body)

    def decide(self, localpart: str, number: str, word: str = "approve", zone: Zone = Zone.LGWAN) -> httpx.Response:
        """Approve or deny a number as this person."""
        return self.ask(localpart, "POST", f"/devices/requests/{number}/{word}", zone)

    def certified(self, localpart: str, **others: Any) -> httpx.Response:
        """Sign in on the Internet side by way of one's own approval."""
        assert self.decide(localpart, self.number(localpart, **others)).status_code == 200
        answer = self.sign_in(localpart, **others)
        assert answer.status_code == 200, answer.text
        return answer

    def works(self, token: str, zone: Zone = Zone.INTERNET) -> bool:
        """Whether an access token is good."""
        with self.client(zone, token) as client:
            return client.get("/_matrix/client/v3/account/whoami").status_code == 200

    def devices(self, localpart: str) -> dict[str, dict[str, Any]]:
        """A person's own devices by ID."""
        answer = self.ask(localpart, "GET", "/devices?limit=100")
        assert answer.status_code == 200, answer.text
        return {each["device_id"]: each for each in answer.json()["devices"]}

    def operate(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Call our REST API as the operator on the internal listener."""
        with self.client(Zone.INTERNAL, self.town.operator) as client:
            return client.request(method, API + path, json=body)

    def service(self, method: str, path: str) -> httpx.Response:
        """Call our REST API as the bridge."""
        with self.client(Zone.INTERNAL, SERVICE_TOKEN) as client:
            return client.request(method, API + path)

    def notices(self, kind: str) -> list[dict[str, Any]]:
        """What the bot has to tell, of one kind."""
        found = self.service("GET", "/service/device_notices").json()["notices"]
        return [each for each in found if each["kind"] == kind]

    def age(self, column: str, number: str, milliseconds: int) -> None:
        """Make a time of the request with this number that much older."""

        def update(txn: LoggingTransaction) -> None:
            txn.execute(
                f"UPDATE kairan_device_requests SET {column} = {column} - ? WHERE number = ?",
                (milliseconds, number),
            )
            assert txn.rowcount == 1

        self.server.run(self.server.hs.get_datastores().main.db_pool.runInteraction, "age", update)

    def audit(self, administrator: str, organization: str, **search: str) -> list[dict[str, Any]]:
        """The trail of an organisation, the newest first."""
        query = urlencode({"organization": organization, "limit": 100, **search})
        answer = self.ask(administrator, "GET", f"/audit?{query}")
        assert answer.status_code == 200, answer.text
        entries: list[dict[str, Any]] = answer.json()["entries"]
        return entries


def found_device_town(
    factory: HomeserverFactory, folder: Path, database: Database = "sqlite", **overrides: Any
) -> DeviceTown:
    """Start a homeserver, declare the small world and give everyone the password."""

    def start(modules: object, **others: Any) -> Server:
        return factory(device_modules, **others)

    folder.mkdir(exist_ok=True)
    return settle(found_town(cast(HomeserverFactory, start), folder, database, **overrides))


def settle(town: Town) -> DeviceTown:
    """Give each organisation of a town its way to sign in, and everyone the password and a session."""
    organizations = [
        {**each, "policy": {"sign_in": MODES[each["organization"]]} if each["organization"] in MODES else {}}
        for each in ORGANIZATIONS
    ]
    everyone = [*TOWNSPEOPLE, *PEOPLE]
    assert town.declare("organizations", {"organizations": organizations}).status_code == 200
    assert town.declare("people", {"people": everyone}).status_code == 200
    for each in everyone:
        if each["localpart"] not in town.tokens:
            town.tokens[each["localpart"]] = token_of(town.server, each["localpart"])
    with town.server.client(town.operator) as client:
        for localpart in [*town.tokens, "operator"]:
            answer = client.put(
                f"/_synapse/admin/v2/users/{town.server.user_id(localpart)}",
                content=json.dumps({"password": PASSWORD, "logout_devices": False}),
            )
            assert answer.status_code == 200, answer.text
    return DeviceTown(town)
