"""Devices as the stand-in homeserver answers them, in the form of docs/rest.md."""

from typing import Any

from aiohttp import web

from tests.browser.town_of_sixty import SERVER

LATE = 1_764_550_800_000
"""2025年12月1日（月）10:00 in Tokyo."""


def device(device_id: str, name: str, **others: object) -> dict[str, Any]:
    """A device that was signed in on the Internet side."""
    return {
        "device_id": device_id,
        "name": name,
        "certified": False,
        "zone": "internet",
        "last_seen_ts": LATE,
        "last_seen_address": "203.0.113.7",
        "this": False,
        **others,
    }


def request(number: str, name: str, **others: object) -> dict[str, Any]:
    """A device that waits for a word."""
    return {
        "number": number,
        "user_id": f"@1001:{SERVER}",
        "organization": "272060",
        "approved_by": "self",
        "name": name,
        "address": "198.51.100.23",
        "user_agent": "Element/1.6.3",
        "created_ts": LATE,
        **others,
    }


class FakeDevices:
    """One person's devices and, where they administer, those of their organisation. Tests change the lists."""

    def __init__(self) -> None:
        self.devices = [
            device("DESK", "Kairan ページ", zone="lgwan", this=True),
            device("PHONE", "Element（わたしの電話）", certified=True, certified_ts=LATE, how="self"),
            device("TABLET", ""),
        ]
        self.requests = [request("4821", "Element X（新しい電話）")]
        self.of_organization = [
            device(
                f"D{number}", "公用スマホ", user_id=f"@{1000 + number}:{SERVER}", person=f"職員 {number}（泉大津市）"
            )
            for number in range(1, 4)
        ]
        self.administers: list[str] = []
        self.done: list[tuple[str, str]] = []
        """Method and path of what was changed."""

    def routes(self, base: str) -> list[web.RouteDef]:
        """The calls that the page makes."""
        organization = f"{base}/organizations/{{key}}/devices"
        return [
            web.get(f"{base}/devices", self._own),
            web.delete(f"{base}/devices/{{id}}", self._revoke),
            web.post(f"{base}/devices/lost", self._done),
            web.post(f"{base}/devices/{{id}}/certify", self._done),
            web.post(f"{base}/devices/requests/{{number}}/{{word}}", self._decide),
            web.get(organization, self._organization),
            web.delete(f"{organization}/{{user_id}}/{{id}}", self._revoke),
            web.post(f"{organization}/requests/{{number}}/{{word}}", self._decide),
        ]

    async def _own(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"devices": self.devices, "requests": self.requests})

    async def _organization(self, request: web.Request) -> web.StreamResponse:
        waiting = [{**each, "person": "山田 太郎（泉大津市 危機管理課）"} for each in self.requests]
        return web.json_response({"devices": self.of_organization, "requests": waiting, "next_batch": "50"})

    async def _decide(self, request: web.Request) -> web.StreamResponse:
        number = request.match_info["number"]
        if all(each["number"] != number for each in self.requests):
            sentence = "その番号の申請はありません。 / No request has this number."
            return web.json_response({"errcode": "JP.KAIRAN.DEVICE_REQUEST_UNKNOWN", "error": sentence}, status=404)
        self.requests = [each for each in self.requests if each["number"] != number]
        return await self._done(request)

    async def _revoke(self, request: web.Request) -> web.StreamResponse:
        gone = request.match_info["id"]
        self.devices = [each for each in self.devices if each["device_id"] != gone]
        self.of_organization = [each for each in self.of_organization if each["device_id"] != gone]
        return await self._done(request)

    async def _done(self, request: web.Request) -> web.StreamResponse:
        self.done.append((request.method, request.path.partition("/v1")[2]))
        return web.json_response({})
