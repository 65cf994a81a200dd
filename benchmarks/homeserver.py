"""Homeservers as processes of their own, asked over HTTP on the loopback address."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from kairan.zones import Zone

from benchmarks.databases import Database, Storage

HOST: Final = "127.0.0.1"
SERVER_NAME: Final = "hs.test"
API: Final = "/_synapse/client/kairan/v1"
BOT_TOKEN: Final = "bench_bot"  # noqa: S105

_ZONES: Final = (Zone.LGWAN, Zone.INTERNET, Zone.INTERNAL)
_PATIENCE: Final = 120.0
"""Seconds until a process that does not answer counts as broken."""

_PLENTY: Final = {"per_second": 1_000_000, "burst_count": 1_000_000}
_SIMPLE_LIMITS: Final = (
    "rc_message",
    "rc_registration",
    "rc_admin_redaction",
    "rc_room_creation",
    "rc_profile",
    "rc_user_directory",
)


class Homeserver:
    """A running Synapse, stock or with Kairan's modules as the demonstration has them."""

    def __init__(self, folder: Path, database: Database, *, kairan: bool, **overrides: object) -> None:
        """Start it, and return when it answers.

        Args:
            folder: an existing one for its files
            overrides: top-level keys of its configuration
        Raises:
            RuntimeError: it does not start; with the end of its log.
        """
        self._folder = folder
        sockets = [socket.create_server((HOST, 0)) for _ in _ZONES]
        self._ports = {zone: taken.getsockname()[1] for zone, taken in zip(_ZONES, sockets, strict=True)}
        for taken in sockets:
            taken.close()
        settings = {**self._settings(database), **(self._kairan() if kairan else {}), **overrides}
        (folder / "homeserver.yaml").write_text(json.dumps(settings), encoding="utf-8")
        with (folder / "homeserver.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "synapse.app.homeserver", "-c", folder / "homeserver.yaml"],
                stdout=log,
                stderr=log,
                cwd=folder,
            )
        try:
            self._wait()
        except BaseException:
            self.kill()
            raise

    def url(self, zone: Zone = Zone.INTERNAL) -> str:
        """The base URL of a zone's listener."""
        return f"http://{HOST}:{self._ports[zone]}"

    def client(self, token: str, zone: Zone = Zone.INTERNAL) -> httpx.Client:
        """A client that keeps its connection. The caller closes it."""
        return httpx.Client(
            base_url=self.url(zone), headers={"Authorization": f"Bearer {token}"}, timeout=600, trust_env=False
        )

    def memory_mb(self) -> float:
        """The resident memory of the process now, in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) / 1024

    def cpu_s(self) -> float:
        """The seconds of CPU that the process has taken so far, to the microsecond; its database's are not in it."""
        total = 0
        for thread in Path(f"/proc/{self._process.pid}/task").iterdir():
            # A thread may end meanwhile.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                total += int((thread / "schedstat").read_text().split()[0])
        return total / 1e9

    def stop(self) -> None:
        """Stop it in its own time, or after a while without asking."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait(_PATIENCE)

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                if httpx.get(f"{self.url()}/_matrix/client/versions", trust_env=False, timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = (self._folder / "homeserver.log").read_text(errors="replace")
                raise RuntimeError(f"the homeserver does not start: {log[-3000:]}")
            time.sleep(0.05)

    def _settings(self, database: Database) -> dict[str, Any]:
        folder = self._folder
        return {
            "server_name": SERVER_NAME,
            "public_baseurl": f"{self.url(Zone.INTERNET)}/",
            "report_stats": False,
            "listeners": [
                {
                    "port": port,
                    "tag": zone.value,
                    "type": "http",
                    "bind_addresses": [HOST],
                    "resources": [{"names": ["client"]}],
                }
                for zone, port in self._ports.items()
            ],
            "database": database.synapse,
            "media_store_path": str(folder / "media"),
            "signing_key_path": str(folder / "signing.key"),
            "signing_key": _SIGNING_KEY,
            "pid_file": str(folder / "pid"),
            "log_config": _log_config(folder),
            "macaroon_secret_key": "kept by nobody",
            "trusted_key_servers": [],
            "default_room_version": "11",
            # Stock Synapse searches all accounts then, as nobody shares a room here.
            "user_directory": {"enabled": True, "search_all_users": True},
            **dict.fromkeys(_SIMPLE_LIMITS, _PLENTY),
            "rc_login": {"address": _PLENTY, "account": _PLENTY, "failed_attempts": _PLENTY},
            "rc_joins": {"local": _PLENTY, "remote": _PLENTY},
            "rc_joins_per_room": _PLENTY,
            "rc_invites": {"per_room": _PLENTY, "per_user": _PLENTY, "per_issuer": _PLENTY},
        }

    def _kairan(self) -> dict[str, Any]:
        registration = {
            "id": "kairan",
            "url": None,
            "as_token": BOT_TOKEN,
            "hs_token": "nobody asks",
            "sender_localpart": "kairan",
            "namespaces": {"users": [{"regex": "@kairan(_.*)?:.*", "exclusive": True}]},
            "rate_limited": False,
        }
        (self._folder / "registration.yaml").write_text(json.dumps(registration), encoding="utf-8")
        zones = {zone.value: {"base_url": f"{self.url(zone)}/"} for zone in _ZONES}
        return {
            "app_service_config_files": [str(self._folder / "registration.yaml")],
            "modules": [
                {"module": "kairan_modules.Registry", "config": {"bot": "kairan"}},
                {"module": "kairan_modules.Faces", "config": {"zones": zones}},
            ],
        }


_SIGNING_KEY: Final = "ed25519 bench MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI"
"""Of no server but these, which federate with nobody."""


def _log_config(folder: Path) -> str:
    path = folder / "log.yaml"
    settings = {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"level": "WARNING", "handlers": ["console"]},
    }
    path.write_text(json.dumps(settings), encoding="utf-8")
    return str(path)


@contextmanager
def running(folder: Path, database: Database, *, kairan: bool, **overrides: object) -> Iterator[Homeserver]:
    """A homeserver that is stopped at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Homeserver(folder, database, kairan=kairan, **overrides)
    try:
        yield server
    finally:
        server.stop()


def database_with_schema(storage: Storage, folder: Path) -> Any:
    """A database with Synapse's whole schema and ours, its background updates done; a template for copies."""
    database: Any = storage.make()
    with running(folder, database, kairan=True, background_updates={"sleep_enabled": False}):
        deadline = time.monotonic() + _PATIENCE
        while _pending_updates(database):
            if time.monotonic() > deadline:
                raise RuntimeError("the background updates of the schema do not end")
            time.sleep(0.2)
    return database


def _pending_updates(database: Database) -> int:
    connection = database.connect()
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT COUNT(*) FROM background_updates")
        return int(cursor.fetchone()[0])
    finally:
        connection.close()
