"""Faces: each names itself, and a configuration that does not fit is refused with its place."""

from collections.abc import Mapping
from typing import Any

import pytest
from kairan.zones import CLIENT_ZONES, Zone
from synapse.config import ConfigError

from tests.homeserver.harness import HomeserverFactory, ModuleList, Server


@pytest.mark.parametrize("zone", sorted(CLIENT_ZONES, key=str))
def test_a_face_names_itself_and_no_other(server: Server, zone: Zone) -> None:
    with server.client(None, zone) as client:
        answer = client.get("/.well-known/matrix/client")
        assert answer.json()["m.homeserver"] == {"base_url": server.url(zone) + "/"}
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        for other in CLIENT_ZONES - {zone}:
            assert server.url(other) not in answer.text


def test_signing_in_names_the_face_that_was_used(server: Server) -> None:
    server.register("someone", admin=True, password="a password")
    for zone in (Zone.LGWAN, Zone.INTERNET):
        with server.client(None, zone) as client:
            answer = client.post(
                "/_matrix/client/v3/login",
                json={
                    "type": "m.login.password",
                    "identifier": {"type": "m.id.user", "user": "someone"},
                    "password": "a password",
                },
            ).json()
        assert answer["well_known"]["m.homeserver"] == {"base_url": server.url(zone) + "/"}


def test_clients_see_that_rooms_are_not_encrypted(server: Server) -> None:
    with server.client(None, Zone.LGWAN) as client:
        assert client.get("/.well-known/matrix/client").json()["io.element.e2ee"]["force_disable"] is True


@pytest.mark.parametrize("path", ["/.well-known/matrix/server", "/.well-known/matrix/client/x", "/.well-known/"])
def test_other_well_known_paths_are_not_found(server: Server, path: str) -> None:
    with server.client(None, Zone.LGWAN) as client:
        assert client.get(path).status_code == 404


def faces(base_urls: Mapping[Zone, str], **changes: Any) -> ModuleList:
    zones: dict[str, Any] = {zone.value: {"base_url": url} for zone, url in base_urls.items()}
    config: dict[str, Any] = {"zones": zones}
    for key, value in changes.items():
        if key in zones and value is None:
            del zones[key]
        elif key in ("zones", "bot", "colour"):
            config[key] = value
        else:
            zones[key] = value
    return [{"module": "kairan_modules.Faces", "config": config}]


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"moon": {"base_url": "http://x/"}}, "zones.moon", "try one of:"),
        ({"lgwan": {"base_url": "nonsense"}}, "zones.lgwan.base_url", "an address such as"),
        ({"lgwan": {}}, "zones.lgwan.base_url", "this is needed"),
        ({"lgwan": "http://x/"}, "zones.lgwan", "a mapping is needed here"),
        ({"lgwan": {"base_url": "http://x/", "colour": "red"}}, "zones.lgwan.colour", "try one of: base_url"),
        ({"colour": "red"}, "colour", "try one of: bot, zones"),
        ({"bot": ""}, "bot", "a text is needed here"),
        ({"zones": {}}, "zones", "at least one is needed of"),
        ({"zones": None}, "zones", "this is needed"),
        ({"lgwan": None}, "listeners.2.tag", "is not a zone of kairan_modules.Faces"),
    ],
)
def test_a_bad_configuration_is_refused_with_its_place(
    homeserver_factory: HomeserverFactory, changes: dict[str, Any], place: str, words: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        homeserver_factory(lambda base_urls: faces(base_urls, **changes))
    message = f"{refusal.value} {'.'.join(str(step) for step in refusal.value.path or ())}"
    assert words in message
    assert place in message


def test_a_zone_without_a_listener_is_refused(homeserver_factory: HomeserverFactory) -> None:
    listener = {
        "port": 1,
        "tag": "lgwan",
        "type": "http",
        "bind_addresses": ["127.0.0.1"],
        "resources": [{"names": ["client"]}],
    }
    with pytest.raises(ConfigError, match="no listener with the resource 'client' has this tag; listeners have: lgwan"):
        homeserver_factory(faces, listeners=[listener])
