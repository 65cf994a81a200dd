"""coturn with the shipped configuration, changed as little as loopback needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen
from ruamel.yaml import YAML

from tests.edge.authority import Authority
from tests.edge.filling import example_values, fill, write_values
from tests.edge.processes import HOST, free_ports, running

SECRET = "0123456789abcdef0123456789abcdef"


@frozen
class Relay:
    """A running relay: its port for UDP and TCP, and what the homeserver has to know of it."""

    port: int
    homeserver: dict[str, object]
    log: Path


@contextmanager
def running_relay(folder: Path) -> Iterator[Relay]:
    """Start coturn on the loopback address; it ends with the context."""
    values = example_values("turn")
    pair = Authority(folder, "relay").for_hosts("turn.osaka.test")
    values["turn"] |= {
        "address": HOST,
        "name": "turn.osaka.test",
        "secret": SECRET,
        "certificate": pair.certificate,
        "certificate_key": pair.key,
    }
    done = fill("turn", write_values(folder / "values.toml", values), folder / "filled")
    assert done.returncode == 0, done.stderr
    port, tls = free_ports(2)
    lines = (folder / "filled/turnserver.conf").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line != "syslog"]
    # A test's relay is on the loopback address, which needs this beside allowed-peer-ip.
    ours = ["allow-loopback-peers", f"pidfile={folder}/pid", f"userdb={folder}/turndb", "log-file=stdout"]
    text = "\n".join([*kept, *ours]).replace("port=3478", f"port={port}").replace("port=5349", f"port={tls}")
    (folder / "turnserver.conf").write_text(text, encoding="utf-8")
    settings = YAML(typ="safe").load((folder / "filled/homeserver.yaml").read_text(encoding="utf-8"))
    # Host names of a test lead nowhere.
    settings["turn_uris"] = [f"turn:{HOST}:{port}?transport=udp"]
    log = folder / "turn.log"
    with running(["turnserver", "-c", str(folder / "turnserver.conf")], log, [port]):
        yield Relay(port, settings, log)
