"""A homeserver in a process of its own, with the listeners of production: its faces believe their proxy."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from attrs import frozen
from kairan.zones import CLIENT_ZONES, Zone

from tests.edge.processes import HOST, free_ports, running, wait_for
from tests.homeserver.harness import NO_RATE_LIMITS, kairan_modules
from tests.homeserver.town import API, ORGANIZATIONS, PEOPLE

ROOT = Path(__file__).parents[2]
SECRET = "for the operator"
PASSWORD = "a password of theirs"


@frozen
class HomeserverProcess:
    """A running homeserver: the ports of its listeners, and its server name."""

    ports: Mapping[Zone, int]
    server_name: str

    def url(self, zone: Zone) -> str:
        """The address of a zone's listener, past the edge."""
        return f"http://{HOST}:{self.ports[zone]}"

    def user_id(self, localpart: str) -> str:
        """The Matrix user ID of an account here."""
        return f"@{localpart}:{self.server_name}"

    def register(self, localpart: str, password: str = PASSWORD, *, admin: bool = False) -> str:
        """Make an account; returns an access token."""
        url = self.url(Zone.INTERNAL) + "/_synapse/admin/v1/register"
        nonce = httpx.get(url, trust_env=False).json()["nonce"]
        parts = (nonce, localpart, password, "admin" if admin else "notadmin")
        mac = hmac.new(SECRET.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": localpart, "password": password, "admin": admin, "mac": mac}
        answer = httpx.post(url, json=body, trust_env=False, timeout=60)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def declare_town(self, operator: str) -> None:
        """Declare the small world of `tests.homeserver.town` with the operator's token.

        People of 豊中市 sign in with certificates on the Internet side, all others from any device.
        """
        modes = {"272035": "certificate"}
        organizations = [
            {**each, "policy": {"sign_in": modes.get(each["organization"], "open")}} for each in ORGANIZATIONS
        ]
        with self._client(operator) as client:
            for path, body in (
                ("organizations", {"organizations": organizations}),
                ("people", {"people": PEOPLE}),
            ):
                answer = client.put(f"{API}/provision/{path}", json=body)
                assert answer.status_code == 200, answer.text

    def let_sign_in(self, operator: str, localpart: str) -> str:
        """Give a declared person the usual password; returns an access token of theirs."""
        user = f"/_synapse/admin/v2/users/{self.user_id(localpart)}"
        with self._client(operator) as client:
            answer = client.put(user, json={"password": PASSWORD})
            assert answer.status_code == 200, answer.text
            answer = client.post(user.replace("v2", "v1") + "/login", json={})
            assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def _client(self, token: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url(Zone.INTERNAL), headers=headers, timeout=60, trust_env=False)


@contextmanager
def homeserver_process(
    folder: Path,
    base_urls: Mapping[Zone, str],
    *,
    modules: Sequence[Mapping[str, object]] = (),
    settings: Mapping[str, object] = MappingProxyType({}),
) -> Iterator[HomeserverProcess]:
    """Start one with Kairan's modules on SQLite; it answers when this yields, and ends with the context.

    Args:
        folder: for its files, empty.
        base_urls: what the LGWAN and the Internet face call themselves, `/` at the end.
        modules: besides Kairan's.
        settings: top-level keys of the configuration, over those here.
    """
    zones = [*sorted(CLIENT_ZONES, key=lambda zone: zone.value), Zone.FEDERATION]
    ports = dict(zip(zones, free_ports(len(zones)), strict=True))
    urls = {Zone.INTERNAL: f"http://{HOST}:{ports[Zone.INTERNAL]}/", **base_urls}
    config: dict[str, Any] = {
        "server_name": "kairan.test",
        "public_baseurl": urls[Zone.INTERNET],
        "pid_file": str(folder / "pid"),
        "listeners": [
            {
                "port": port,
                "tag": zone.value,
                "type": "http",
                "bind_addresses": [HOST],
                "x_forwarded": zone is not Zone.INTERNAL,
                "resources": [{"names": ["federation" if zone is Zone.FEDERATION else "client"]}],
            }
            for zone, port in ports.items()
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "signing_key_path": str(folder / "signing.key"),
        "media_store_path": str(folder / "media"),
        "macaroon_secret_key": "kept by nobody",
        "registration_shared_secret": SECRET,
        "report_stats": False,
        "trusted_key_servers": [],
        "bcrypt_rounds": 4,
        "modules": [*_behind_an_edge(kairan_modules(urls)), *modules],
        **NO_RATE_LIMITS,
        **settings,
    }
    file, log = folder / "homeserver.yaml", folder / "homeserver.log"
    file.write_text(json.dumps(config), encoding="utf-8")
    command = ["env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "synapse.app.homeserver", "-c", str(file)]
    subprocess.run([*command, "--generate-keys"], check=True, capture_output=True, env=os.environ)
    server = HomeserverProcess(ports, str(config["server_name"]))
    with running(command, log, list(ports.values())):
        wait_for(lambda: _healthy(server.url(Zone.INTERNAL)), lambda: log.read_text(errors="replace")[-3000:])
        yield server


def _behind_an_edge(modules: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The modules as configured where an edge on this machine vouches for the devices of 豊中市."""
    edge = {"addresses": [HOST], "authorities": {"272035": "CN=organizations"}}
    return [
        {**each, "config": {**each["config"], "edge": edge}} if each["module"] == "kairan_modules.Devices" else each
        for each in modules
    ]


def _healthy(url: str) -> bool:
    try:
        return httpx.get(url + "/health", trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
