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
from types import MappingProxyType
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
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {includes}
}}
"""


@frozen
class Side:
    """One server block of the edge: the host that it answers to, its port and address."""

    name: str
    port: int
    address: str = HOST

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
        connection = http.client.HTTPSConnection(side.address, side.port, context=context, timeout=timeout)
        with closing(connection):
            # The name is not to be looked up: everything here is on the loopback address.
            plain = socket.create_connection((side.address, side.port), timeout)
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


def prepared(folder: Path, addresses: Mapping[Zone, str] = MappingProxyType({})) -> Edge:
    """The names, ports and authorities of an edge that is not started yet; the homeserver wants to know its names.

    Args:
        addresses: of sides that are not on the loopback address.
    """
    lgwan, internet = free_ports(2)
    for name in ("faces", "organizations"):
        (folder / name).mkdir()
    return Edge(
        folder=folder,
        sides={
            Zone.LGWAN: Side("chat.osaka.lgwan.test", lgwan, addresses.get(Zone.LGWAN, HOST)),
            Zone.INTERNET: Side("chat.osaka.test", internet, addresses.get(Zone.INTERNET, HOST)),
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
    """The whole edge in one nginx, for as long as the context; the arguments are those of `filled`."""
    filled(edge, homeserver, pages, **changes)
    with running_nginx(edge, "kairan"):
        yield edge


def filled(edge: Edge, homeserver: HomeserverProcess, pages: Mapping[Zone, int], **changes: object) -> None:
    """Fill the shipped configuration with the shipped command.

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
            "listen": f"{edge.sides[zone].address}:{edge.sides[zone].port}",
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


@contextmanager
def running_nginx(edge: Edge, *files: str) -> Iterator[subprocess.Popen[bytes]]:
    """An nginx with these of the filled files, for as long as the context: `kairan` is all of them."""
    folder = edge.folder / "-".join(["nginx", *(file.replace("/", "-") for file in files)])
    folder.mkdir(exist_ok=True)
    sides = [edge.sides[zone] for zone in edge.sides if {"kairan", zone.value} & set(files)]
    # What the workers read and write here is ours: they run as we do.
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    includes = " ".join(f"include kairan/{file}.conf;" for file in files)
    main = edge.folder / f"{folder.name}.conf"
    main.write_text(MAIN.format(folder=folder, user=user, includes=includes), encoding="utf-8")
    command = [NGINX, "-p", str(edge.folder), "-c", str(main), "-e", str(folder / "nginx.log"), "-g", "daemon off;"]
    with running(command, folder / "nginx.log", sorted({side.port for side in sides}), sides[0].address) as process:
        yield process
