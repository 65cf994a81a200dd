"""The edge as shipped, filled for a test, in the real nginx."""

import gzip
import http.client
import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen
from kairan.zones import Zone

from tests.edge.authority import Authority, Pair
from tests.edge.filling import example_values, fill, write_values
from tests.edge.homeserver_process import HomeserverProcess
from tests.edge.processes import HOST, free_ports, running

CONFIGURATION = "edge"

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"

MAIN = """
user {user};
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include kairan/kairan.conf;
}}
"""


@frozen
class Side:
    """One server block of the edge: the host that it answers to, and its port of the loopback address."""

    name: str
    port: int

    @property
    def url(self) -> str:
        """Its base URL, without `/` at the end."""
        return f"https://{self.name}:{self.port}"


@frozen
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Their names in lower case."""
    text: str

    @property
    def json(self) -> dict[str, Any]:
        """The body as an object."""
        content = json.loads(self.text)
        assert isinstance(content, dict)
        return content


@frozen
class Edge:
    """A running edge."""

    folder: Path
    sides: Mapping[Zone, Side]
    pages: Mapping[Zone, Side]
    authority: Authority
    """Which browsers trust."""
    organizations: Authority
    """Which signs devices."""

    def ask(
        self,
        side: Side,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        device: Pair | None = None,
        host: str | None = None,
        handshake: str | None = None,
        timeout: float = 60,
    ) -> Answer:
        """One request, its path and headers as they are.

        Args:
            device: the client certificate.
            host: another `Host` than the side's.
            handshake: another name in the TLS handshake than the side's.
        """
        context = ssl.create_default_context(cafile=self.authority.path)
        context.check_hostname = handshake is None
        if device is not None:
            context.load_cert_chain(device.certificate, device.key)
        connection = http.client.HTTPSConnection(HOST, side.port, context=context, timeout=timeout)
        with closing(connection):
            # The name is not to be looked up: everything here is on the loopback address.
            plain = socket.create_connection((HOST, side.port), timeout)
            connection.sock = context.wrap_socket(plain, server_hostname=handshake or side.name)
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", host or f"{side.name}:{side.port}")
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            sent = body.encode() if isinstance(body, str) else body
            if sent is not None:
                connection.putheader("Content-Length", str(len(sent)))
            connection.endheaders(sent)
            response = connection.getresponse()
            content = response.read()
            if response.getheader("Content-Encoding") == "gzip":
                content = gzip.decompress(content)
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, content.decode(errors="replace"))

    def log(self, name: str) -> str:
        """The text of `access.log` or `error.log`."""
        return (self.folder / name).read_text(encoding="utf-8")


def prepared(folder: Path) -> Edge:
    """The names, ports and authorities of an edge that is not started yet; the homeserver wants to know its names."""
    lgwan, internet = free_ports(2)
    for name in ("faces", "organizations"):
        (folder / name).mkdir()
    return Edge(
        folder=folder,
        sides={
            Zone.LGWAN: Side("chat.osaka.lgwan.test", lgwan),
            Zone.INTERNET: Side("chat.osaka.test", internet),
            Zone.FEDERATION: Side("chat.osaka.test", free_ports(1)[0]),
        },
        pages={
            Zone.LGWAN: Side("kairan.osaka.lgwan.test", lgwan),
            Zone.INTERNET: Side("kairan.osaka.test", internet),
        },
        authority=Authority(folder / "faces", "faces"),
        organizations=Authority(folder / "organizations", "organizations"),
    )


@contextmanager
def running_edge(
    edge: Edge, homeserver: HomeserverProcess, pages: Mapping[Zone, int], **changes: object
) -> Iterator[Edge]:
    """Fill the shipped configuration with the shipped command, start nginx with it, and end it with the context.

    Args:
        pages: the ports of the bridge's pages.
        changes: other values, by `section__key`.
    """
    values = example_values(CONFIGURATION)
    for zone in (Zone.LGWAN, Zone.INTERNET, Zone.FEDERATION):
        names = [each[zone].name for each in (edge.sides, edge.pages) if zone in each]
        pair = edge.authority.for_hosts(*names)
        section = values[zone.value]
        section |= {
            "listen": f"{HOST}:{edge.sides[zone].port}",
            "name": edge.sides[zone].name,
            "certificate": pair.certificate,
            "certificate_key": pair.key,
        }
        values["homeserver"][zone.value] = f"{HOST}:{homeserver.ports[zone]}"
        if zone in edge.pages:
            section["pages_name"] = edge.pages[zone].name
            values["bridge"][zone.value] = f"{HOST}:{pages[zone]}"
    values["internet"]["client_authorities"] = edge.organizations.path
    values["logs"] = {"access": edge.folder / "access.log", "error": edge.folder / "error.log"}
    for place, value in changes.items():
        section_name, _, key = place.partition("__")
        values[section_name][key] = value
    done = fill(CONFIGURATION, write_values(edge.folder / "values.toml", values), edge.folder / "kairan")
    assert done.returncode == 0, done.stderr
    main = edge.folder / "nginx.conf"
    # What the workers read and write here is ours: they run as we do.
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    main.write_text(MAIN.format(folder=edge.folder, user=user), encoding="utf-8")
    command = [NGINX, "-p", str(edge.folder), "-c", str(main), "-e", str(edge.folder / "nginx.log")]
    ports = sorted({side.port for side in edge.sides.values()})
    with running([*command, "-g", "daemon off;"], edge.folder / "nginx.log", ports):
        yield edge
