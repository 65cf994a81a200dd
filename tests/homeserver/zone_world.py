"""A town in which the zone policy is put to the test, on one process or spread over workers."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import httpx
from kairan.zones import Zone

TURN: dict[str, Any] = {
    "turn_uris": ["turn:127.0.0.1:3478?transport=udp"],
    "turn_shared_secret": "shared",
    "turn_user_lifetime": "1h",
}
SETTINGS: dict[str, Any] = {
    "url_preview_enabled": True,
    "url_preview_ip_range_blacklist": ["127.0.0.0/8"],
    "max_event_delay_duration": "24h",
    "experimental_features": {"msc4140_enabled": True},
    **TURN,
}
"""What a homeserver must offer so that there is something to refuse."""

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8ffff3f0005fe02fea735818400000000" + "49454e44ae426082"
)


@attrs.frozen
class World:
    """People, a room of two colleagues (1001 and 1002), and a file from each side.

    `url` gives the base URL of the process that answers a path in a zone, without `/` at the end.
    """

    server_name: str
    tokens: Mapping[str, str]
    operator: str
    url: Callable[[str, Zone], str]
    room: str = ""
    lgwan_file: str = ""
    internet_file: str = ""

    def user_id(self, localpart: str) -> str:
        """The Matrix user ID of an account."""
        return f"@{localpart}:{self.server_name}"

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        zone: Zone = Zone.LGWAN,
        who: str = "1001",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """A request as this person in this zone; {room}, {server} and {me} stand for what they are called here."""
        for name, value in (("{room}", self.room), ("{server}", self.server_name), ("{me}", self.user_id(who))):
            path = path.replace(name, value)
        return httpx.request(
            method,
            # One text: joined by the library, a path that begins with two slashes would lose them.
            self.url(path, zone) + path,
            json=body,
            content=content,
            headers={"Authorization": f"Bearer {token or self.tokens[who]}", **(headers or {})},
            timeout=60,
            trust_env=False,
        )

    def upload(self, zone: Zone) -> str:
        """The ID of a small picture that comes in by this side."""
        answer = self.ask(
            "POST", "/_matrix/media/v3/upload", zone=zone, content=PIXEL, headers={"Content-Type": "image/png"}
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["content_uri"].rpartition("/")[2])


def furnished(world: World) -> World:
    """The same world with its room and files."""
    request = {"invite": [world.user_id("1002")], "power_level_content_override": {"state_default": 0}}
    room = world.ask("POST", "/_matrix/client/v3/createRoom", request).json()["room_id"]
    answer = world.ask("POST", f"/_matrix/client/v3/join/{room}", {}, who="1002")
    assert answer.status_code == 200, answer.text
    return attrs.evolve(
        world, room=room, lgwan_file=world.upload(Zone.LGWAN), internet_file=world.upload(Zone.INTERNET)
    )
