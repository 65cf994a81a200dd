"""Real homeservers inside the test process: Synapse as released, on Twisted's own reactor.

The reactor runs in one background thread for the whole session (Twisted cannot start twice). Any number of
homeservers live in it, each with its listeners on free loopback ports and a database of its own, copied from
a template whose schema and background updates are done.
"""

import concurrent.futures
import datetime
import gc
import ipaddress
import logging
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Literal, ParamSpec, Protocol, TypeVar, cast

import attrs
import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from kairan.zones import CLIENT_ZONES, Zone
from signedjson.key import encode_signing_key_base64, generate_signing_key
from synapse.app import _base, homeserver
from synapse.config import ConfigError
from synapse.config._base import format_config_error
from synapse.config.homeserver import HomeServerConfig
from synapse.config.logger import one_time_logging_setup
from synapse.logging.context import LoggingContext, PreserveLoggingContext  # type: ignore[attr-defined]
from synapse.server import HomeServer
from twisted.internet import defer
from twisted.internet import reactor as _reactor
from twisted.internet.interfaces import IHostnameResolver

# Typed loosely: zope's interfaces declare methods without self, which mypy cannot read without a plugin.
reactor = cast(Any, _reactor)

Database = Literal["sqlite", "postgres"]
ModuleList = Sequence[Mapping[str, object]]
"""The `modules` of the configuration."""
Modules = ModuleList | Callable[[Mapping[Zone, str]], ModuleList]
"""Modules, or a function that makes the list from the base URL of each client face (with `/` at the end)."""

P = ParamSpec("P")
R = TypeVar("R")

PATIENCE: Final = 120.0
"""Seconds until something that runs on the reactor counts as hung."""

HOST: Final = "127.0.0.1"


class ReactorThread:
    """Twisted's reactor in a thread of its own. There is one per process and it cannot be started again."""

    def __init__(self) -> None:
        self.unhandled: list[str] = []
        """What Twisted and Synapse reported of errors that nobody was waiting for."""
        self._thread = threading.Thread(target=self._main, name="reactor", daemon=True)
        self._reports = _Reports(self.unhandled)

    def start(self) -> None:
        """Start, and return when the reactor runs."""
        # Signal handlers can be set by the main thread only; Synapse would try it on the reactor's.
        _base._already_setup_sighup_handling = True
        one_time_logging_setup()
        logging.getLogger("twisted").addHandler(self._reports)
        running = threading.Event()
        reactor.callWhenRunning(running.set)
        self._thread.start()
        if not running.wait(PATIENCE):
            raise TimeoutError("the reactor did not start")

    def stop(self) -> None:
        """Stop the reactor and wait for its threads."""
        reactor.callFromThread(reactor.stop)
        self._thread.join(PATIENCE)
        logging.getLogger("twisted").removeHandler(self._reports)
        if self._thread.is_alive():
            raise TimeoutError("the reactor did not stop")

    def run(self, name: str, function: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a coroutine function on the reactor in a log context, and return or raise what it does.

        Args:
            name: the server name for the log context
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("the reactor cannot wait for itself")
        result: concurrent.futures.Future[R] = concurrent.futures.Future()

        async def wrapped() -> None:
            with LoggingContext(name="test", server_name=name):
                try:
                    answer = await function(*args, **kwargs)
                except BaseException as error:
                    result.set_exception(error)
                else:
                    result.set_result(answer)

        reactor.callFromThread(lambda: defer.ensureDeferred(wrapped()))
        return result.result(PATIENCE)

    def _main(self) -> None:
        reactor.run(installSignalHandlers=False)


class _Reports(logging.Handler):
    """Keeps what Twisted logs as critical: errors in Deferreds that nobody handled."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.CRITICAL)
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        text = logging.Formatter().format(record)
        # The headline comes as a record of its own. And work that outlives its homeserver, as a connection that
        # was just closing does, fails with the sentence below; nothing is wrong then.
        if not text.startswith("Unhandled error in Deferred") and "HomeServer has been shutdown" not in text:
            self._kept.append(text)


@attrs.frozen
class Faces:
    """The ports of one homeserver, one listener per zone, all on the loopback address."""

    ports: Mapping[Zone, int]

    @classmethod
    def free(cls) -> "Faces":
        """Ports that were free just now."""
        zones = [*sorted(CLIENT_ZONES, key=lambda zone: zone.value), Zone.FEDERATION]
        sockets = [socket.create_server((HOST, 0)) for _ in zones]
        ports = {zone: taken.getsockname()[1] for zone, taken in zip(zones, sockets, strict=True)}
        for taken in sockets:
            taken.close()
        return cls(ports)

    def url(self, zone: Zone) -> str:
        """The base URL of a zone's listener, without `/` at the end."""
        return f"http://{HOST}:{self.ports[zone]}"

    def listeners(self, tls: bool) -> list[dict[str, object]]:
        """The `listeners` of the configuration; `tls` is for the federation listener only."""
        return [
            {
                "port": port,
                "tag": zone.value,
                "type": "http",
                "bind_addresses": [HOST],
                "tls": tls and zone is Zone.FEDERATION,
                "resources": [{"names": ["federation" if zone is Zone.FEDERATION else "client"]}],
            }
            for zone, port in self.ports.items()
        ]


class DatabaseSource(Protocol):
    """Makes the `database` section of a new homeserver's configuration, its database being ready for use."""

    def __call__(self, folder: Path) -> dict[str, object]: ...


class HomeserverFactory(Protocol):
    """What the fixture `homeserver_factory` is: starts a homeserver that is stopped with the module's last test.

    The arguments are those of `start_server`.
    """

    def __call__(
        self,
        modules: Modules = (),
        *,
        database: Database = "sqlite",
        federates: bool = False,
        **overrides: object,
    ) -> "Server": ...


class Server:
    """A running homeserver."""

    def __init__(self, thread: ReactorThread, hs: homeserver.SynapseHomeServer, faces: Faces) -> None:
        self.hs: Final[HomeServer] = hs
        self.server_name: Final[str] = hs.hostname
        self.faces: Final = faces
        self._thread = thread
        self._stopped = False

    def url(self, zone: Zone = Zone.INTERNAL) -> str:
        """The base URL of the listener of `zone`, without `/` at the end."""
        return self.faces.url(zone)

    def run(self, function: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a coroutine function on the reactor in a log context; return or raise what it does."""
        return self._thread.run(self.server_name, function, *args, **kwargs)

    def user_id(self, localpart: str) -> str:
        """The Matrix user ID of a local account."""
        return f"@{localpart}:{self.server_name}"

    def register(self, localpart: str, *, admin: bool = False, password: str | None = None) -> str:
        """Make an account, and return an access token of a new device.

        Without `password` nothing is hashed (bcrypt takes a third of a second), and nobody can log in.
        """

        async def register() -> str:
            hashed = await self.hs.get_auth_handler().hash(password) if password else None
            handler = self.hs.get_registration_handler()
            user_id = await handler.register_user(localpart, password_hash=hashed, admin=admin, bind_emails=[])
            _, token, _, _ = await handler.register_device(user_id, None, None)
            return token

        return self.run(register)

    def client(self, token: str | None = None, zone: Zone = Zone.INTERNAL) -> httpx.Client:
        """An HTTP client on the listener of `zone`, with the access token if one is given.

        The caller closes it, or uses it in a `with` statement.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url(zone), headers=headers, timeout=60, trust_env=False)

    def stop(self) -> None:
        """Stop it: the ports are free when this returns. A second call does nothing."""
        if not self._stopped:
            self._stopped = True
            self.run(_shut_down, self.hs)


def start_server(
    thread: ReactorThread,
    folder: Path,
    database: DatabaseSource,
    modules: Modules = (),
    *,
    federates: bool = False,
    **overrides: object,
) -> Server:
    """Start a homeserver and return it, listening.

    Args:
        folder: for its files, empty
        modules: none is stock Synapse
        federates: the federation listener has TLS and the server name leads to it, so that other servers
            started so can reach it. Otherwise federation is plain HTTP and the name leads nowhere.
        overrides: top-level keys of the configuration; a function makes the value from the base URL of each face

    Raises:
        ConfigError: the configuration, or a module's part in it, is wrong; with the text that an
            administrator reads.
    """
    faces = Faces.free()
    base_urls = {zone: faces.url(zone) + "/" for zone in CLIENT_ZONES}
    port = faces.ports[Zone.FEDERATION]
    settings: dict[str, object] = {
        "server_name": f"localhost:{port}" if federates else f"hs{port}.test",
        "public_baseurl": base_urls[Zone.INTERNET],
        "listeners": faces.listeners(tls=federates),
        "database": database(folder),
        "signing_key": _signing_key(),
        "macaroon_secret_key": "kept by nobody",
        "registration_shared_secret": "kept by nobody",
        "report_stats": False,
        "trusted_key_servers": [],
        "media_store_path": str(folder / "media"),
        "pid_file": str(folder / "pid"),
        "bcrypt_rounds": 4,
        "modules": list(modules(base_urls) if callable(modules) else modules),
        **NO_RATE_LIMITS,
    }
    if federates:
        settings |= _certificate(folder) | {
            "federation_verify_certificates": False,
            "ip_range_blacklist": [],
        }
    settings |= {key: value(base_urls) if callable(value) else value for key, value in overrides.items()}
    config = HomeServerConfig()
    try:
        config.parse_config_dict(settings, str(folder), str(folder))
    except ConfigError as error:
        raise ConfigError("".join(format_config_error(error)), error.path) from error
    name = str(settings["server_name"])

    async def start() -> homeserver.SynapseHomeServer:
        hs = homeserver.create_homeserver(config)
        resolver = reactor.nameResolver
        try:
            # Not homeserver.setup(): that adds a handler to the root logger each time.
            hs.setup()
            await homeserver.start(hs, freeze=False)
        except BaseException:
            await _shut_down(hs)
            raise
        finally:
            _retire_resolver(resolver)
        return hs

    return Server(thread, thread.run(name, start), faces)


def kairan_modules(base_urls: Mapping[Zone, str]) -> ModuleList:
    """Kairan's modules as the demonstration configures them."""
    zones = {zone.value: {"base_url": url} for zone, url in base_urls.items()}
    return [
        {"module": "kairan_modules.Devices", "config": {"operators_on_internet": True}},
        {"module": "kairan_modules.Registry", "config": {"bot": "kairan"}},
        {"module": "kairan_modules.Faces", "config": {"zones": zones}},
        {"module": "kairan_modules.SignIn", "config": {}},
    ]


NO_RATE_LIMITS: Final[dict[str, object]] = {
    **{
        key: {"per_second": 100_000, "burst_count": 100_000}
        for key in ("rc_message", "rc_registration", "rc_admin_redaction", "rc_room_creation", "rc_profile")
    },
    **{
        key: {part: {"per_second": 100_000, "burst_count": 100_000} for part in parts}
        for key, parts in {
            "rc_login": ("address", "account", "failed_attempts"),
            "rc_joins": ("local", "remote"),
            "rc_invites": ("per_room", "per_user", "per_issuer"),
        }.items()
    },
    "rc_joins_per_room": {"per_second": 100_000, "burst_count": 100_000},
}


async def _shut_down(hs: HomeServer) -> None:
    # Synapse logs the background tasks that it cancels as errors. What Twisted finds unhandled is critical, and
    # kept.
    logging.disable(logging.ERROR)
    try:
        with PreserveLoggingContext():
            await hs.shutdown()
        # A Deferred that failed with nobody listening says so when it is collected.
        gc.collect()
    finally:
        logging.disable(logging.NOTSET)


def _retire_resolver(former: IHostnameResolver) -> None:
    """Give the reactor its former resolver back, and end the threads of the one that Synapse installed.

    Each homeserver installs one of its own and keeps its threads until the reactor stops.
    """
    installed = reactor.installNameResolver(former)
    if installed is not former:
        pool = installed._getThreadPool()
        threads = list(pool.threads)
        # Not stop(): Synapse stops it with the reactor, and a second time is an error.
        pool.adjustPoolsize(0, 0)
        for thread in threads:
            thread.join(PATIENCE)


def _signing_key() -> str:
    key = generate_signing_key("kairan")
    return f"{key.alg} {key.version} {encode_signing_key_base64(key)}"


def _certificate(folder: Path) -> dict[str, object]:
    """Write a self-signed certificate for localhost; returns the keys of the configuration that name it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return {
        "tls_certificate_path": str(folder / "tls.crt"),
        "tls_private_key_path": str(folder / "tls.key"),
    }


def port_is_free(port: int) -> bool:
    """Whether nothing listens on a loopback port."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex((HOST, port)) != 0
