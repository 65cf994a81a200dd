"""A small world of organisations and staff, declared through the provisioning API like an administrator would."""

import json
from pathlib import Path
from typing import Any

import attrs
import httpx
from kairan.zones import Zone

from tests.homeserver.harness import Database, HomeserverFactory, Server, kairan_modules

API = "/_synapse/client/kairan/v1"
SERVICE_TOKEN = "the-token-of-the-bridge"

REGISTRATION: dict[str, Any] = {
    "id": "kairan",
    "url": None,
    "as_token": SERVICE_TOKEN,
    "hs_token": "nobody asks",
    "sender_localpart": "kairan",
    "namespaces": {"users": [{"regex": "@kairan(_.*)?:.*", "exclusive": True}]},
    "rate_limited": False,
}
"""The bridge, as the homeserver knows it; nothing is pushed to it."""

OPEN = {"sign_in": "open"}
"""The policy of organisations whose people sign in by any device; the tests of devices declare others."""

ORGANIZATIONS: list[dict[str, Any]] = [
    {
        "organization": "270008",
        "name": "大阪府",
        "kana": "おおさかふ",
        "opens_to": ["prefecture"],
        "policy": OPEN,
        "sections": [{"section": "100", "name": "危機管理室", "kana": "ききかんりしつ"}],
    },
    {
        "organization": "272060",
        "name": "泉大津市",
        "kana": "いずみおおつし",
        "opens_to": ["270008", "271403"],
        "policy": OPEN,
        "sections": [
            {"section": "01", "name": "総務部", "kana": "そうむぶ", "position": 1},
            {"section": "0101", "name": "危機管理課", "kana": "ききかんりか", "parent": "01", "position": 1},
            {"section": "0102", "name": "人事課", "kana": "じんじか", "parent": "01", "position": 2},
        ],
    },
    {"organization": "272060/council", "name": "泉大津市議会", "opens_to": ["nation"], "policy": OPEN},
    {"organization": "271403", "name": "堺市", "kana": "さかいし", "policy": OPEN},
    {"organization": "272035", "name": "豊中市", "kana": "とよなかし", "opens_to": ["nation"], "policy": OPEN},
]
"""大阪府 and 泉大津市 opened to each other; 泉大津市 opened to 堺市, which did not; nobody sees the council."""


def posting(organization: str, section: str | None = None, **others: object) -> dict[str, object]:
    """A declared posting."""
    return {"organization": organization, "section": section, **others}


def person(localpart: str, name: str, kana: str, *postings: dict[str, object], **others: object) -> dict[str, Any]:
    """A declared person."""
    return {"localpart": localpart, "name": name, "kana": kana, "postings": list(postings), **others}


PEOPLE: list[dict[str, Any]] = [
    person("1001", "山田 太郎", "ヤマダ タロウ", posting("272060", "0101", title="課長", extension="2345")),
    person("1002", "田中 花子", "タナカ ハナコ", posting("272060", "0101")),
    person("1003", "田中 一郎", "タナカ イチロウ", posting("272060", "0102", role="organization_admin")),
    person("1004", "髙橋 次郎", "タカハシ ジロウ", posting("272060", "0102"), posting("272060/council")),
    person("1005", "議会 局員", "ギカイ キョクイン", posting("272060/council")),
    person("1006", "未来 来人", "ミライ ライト", posting("272060", "0102", starts="2999-04-01")),
    person("1007", "過去 去人", "カコ サリト", posting("272060", "0102", ends="2020-03-31")),
    person("2001", "田中 府子", "タナカ フコ", posting("270008", "100")),
    person("3001", "田中 堺", "タナカ サカイ", posting("271403")),
    person("4001", "田中 豊", "タナカ ユタカ", posting("272035")),
]


@attrs.frozen
class Town:
    """A homeserver with the small world in it."""

    server: Server
    operator: str
    tokens: dict[str, str]

    def get(self, localpart: str, path: str, zone: Zone = Zone.LGWAN, **parameters: object) -> httpx.Response:
        """`GET` our REST API as this person."""
        with self.server.client(self.tokens[localpart], zone) as client:
            return client.get(API + path, params={key: str(value) for key, value in parameters.items()} or None)

    def search(self, localpart: str, term: object, zone: Zone = Zone.LGWAN, **others: object) -> dict[str, Any]:
        """The client's own people search; localparts under `found`."""
        with self.server.client(self.tokens[localpart], zone) as client:
            answer = client.post("/_matrix/client/v3/user_directory/search", json={"search_term": term, **others})
        body: dict[str, Any] = answer.json()
        assert answer.status_code == 200, body
        body["found"] = [each["user_id"][1:].partition(":")[0] for each in body["results"]]
        return body

    def declare(self, path: str, body: dict[str, Any], zone: Zone = Zone.INTERNAL) -> httpx.Response:
        """`PUT` a declaration as the operator."""
        with self.server.client(self.operator, zone) as client:
            return client.put(f"{API}/provision/{path}", json=body)

    def reconcile(self, organization: str, budget: int = 1000) -> dict[str, int]:
        """`POST /provision/rooms` once."""
        with self.server.client(self.operator) as client:
            answer = client.post(f"{API}/provision/rooms", json={"organization": organization, "budget": budget})
        assert answer.status_code == 200, answer.text
        done: dict[str, int] = answer.json()
        return done


def found_town(factory: HomeserverFactory, folder: Path, database: Database = "sqlite", **overrides: Any) -> Town:
    """Start a homeserver and declare the small world on it; everyone who has an account gets a token."""
    (folder / "registration.yaml").write_text(json.dumps(REGISTRATION), encoding="utf-8")
    server = factory(
        kairan_modules,
        database=database,
        app_service_config_files=[str(folder / "registration.yaml")],
        **overrides,
    )
    town = Town(server=server, operator=server.register("operator", admin=True), tokens={})
    for path, body in (
        ("organizations", {"organizations": ORGANIZATIONS}),
        ("people", {"people": PEOPLE}),
    ):
        answer = town.declare(path, body)
        assert answer.status_code == 200, answer.text
    for each in PEOPLE:
        town.tokens[each["localpart"]] = token_of(server, each["localpart"])
    return town


def token_of(server: Server, localpart: str) -> str:
    """A token of a new device of an existing account."""

    async def device() -> str:
        handler = server.hs.get_registration_handler()
        _, token, _, _ = await handler.register_device(server.user_id(localpart), None, None)
        return token

    return server.run(device)
