"""A stack's home directory: made, locked, and filled with the configuration of every part."""

import base64
import fcntl
import os
import secrets as random
from pathlib import Path
from types import TracebackType
from typing import TextIO

from kairan_provisioning.stack import bridge, files, homeserver, tls
from kairan_provisioning.stack.errors import StackError
from kairan_provisioning.stack.layout import Server, Stack
from kairan_provisioning.stack.secrets import Secrets, load


class Home:
    """The home, held by one running stack at a time. Use as a context; leaving it lets the home go.

    Raises on entering:
        StackError: it cannot be used, another stack runs in it, or it belongs to other ports.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._lock: TextIO | None = None

    def __enter__(self) -> "Home":
        files.make_directory(self._stack.home)
        path = self._stack.lock
        try:
            lock = path.open("a+", encoding="utf-8")
        except OSError as error:
            raise files.unusable(path, error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            home = self._stack.home
            raise StackError(
                f"{home} では別のスタックが動いています。",
                f"another stack is running in {home}: stop it, or set KAIRAN_HOME and KAIRAN_PORT to others.",
            ) from error
        self._lock = lock
        self._keep_ports(lock)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            self._lock.close()

    def _keep_ports(self, lock: TextIO) -> None:
        """Refuse other ports than the home's first: they are part of the servers' names, which cannot change."""
        lock.seek(0)
        kept = lock.read().strip()
        if not kept:
            lock.write(f"{self._stack.port}\n")
            lock.flush()
        elif kept != str(self._stack.port):
            home = self._stack.home
            lock.close()
            raise StackError(
                f"{home} は KAIRAN_PORT={kept} で作られました。サーバー名は変えられません。",
                f"{home} was made with KAIRAN_PORT={kept}, and server names cannot change:"
                " use that port or another KAIRAN_HOME.",
            )


def prepare(server: Server) -> Secrets:
    """Write what a server's parts read; keys, secrets, data and `local.yaml` stay what they are.

    Raises:
        StackError: a file cannot be read or written, or a YAML file in the home is broken.
    """
    home = server.home
    files.make_directory(home)
    for name in ("local.yaml", "homeserver.yaml", "bridge.yaml", "registration.yaml", "log.yaml"):
        # A broken file was changed by a person: say so, rather than start without the change.
        files.read_mapping(home / name)
    secrets = load(home)
    if not (home / "signing.key").exists():
        files.write(home / "signing.key", _signing_key())
    if not (home / "tls.crt").exists():
        certificate, key = tls.self_signed()
        files.write(home / "tls.key", key)
        files.write(home / "tls.crt", certificate)
    if not (home / "local.yaml").exists():
        files.write(home / "local.yaml", "# Settings of Synapse that win over homeserver.yaml.\n{}\n")
    files.write_yaml(home / "log.yaml", homeserver.logging(home), *homeserver.HEADING[:1])
    files.write_yaml(home / "homeserver.yaml", homeserver.configuration(server, secrets), *homeserver.HEADING)
    files.write_yaml(home / "bridge.yaml", bridge.configuration(server, secrets), *bridge.HEADING)
    files.write_yaml(home / "registration.yaml", bridge.registration(server, secrets), *bridge.HEADING)
    return secrets


def _signing_key() -> str:
    """An Ed25519 key in the form of Synapse's key file: algorithm, version, unpadded base64 seed."""
    seed = base64.b64encode(os.urandom(32)).decode().rstrip("=")
    return f"ed25519 a_{random.token_hex(2)} {seed}\n"


def log_of(server: Server, part: str) -> Path:
    """Where a part's output goes."""
    return server.home / f"{part}.out"
