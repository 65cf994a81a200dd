"""A client of a relay that does what no browser does, to see it refused (RFC 8489, RFC 8656)."""

import base64
import hashlib
import hmac
import ipaddress
import secrets
import socket
import struct
import time
from typing import Final

from attrs import define, field

from tests.edge.processes import HOST

COOKIE: Final = 0x2112A442
ALLOCATE, CREATE_PERMISSION = 0x003, 0x008
USERNAME, INTEGRITY, ERROR, PEER, REALM, NONCE, TRANSPORT = 0x0006, 0x0008, 0x0009, 0x0012, 0x0014, 0x0015, 0x0019
UDP, TCP = 17, 6


def credentials(secret: str, name: str, lifetime: int = 60) -> tuple[str, str]:
    """User name and password as the homeserver makes them, good for `lifetime` seconds."""
    username = f"{int(time.time()) + lifetime}:{name}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()


@define
class TurnClient:
    """One client, with its own address. Every method returns 0 for success, else the relay's error code."""

    port: int
    username: str = ""
    password: str = ""
    _realm: bytes = b""
    _nonce: bytes = b""
    _socket: socket.socket = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._socket.settimeout(5)

    def close(self) -> None:
        """Give the address back."""
        self._socket.close()

    def allocate(self, protocol: int = UDP) -> int:
        """Ask for a relayed address; the first question is answered with realm and nonce, the second counts."""
        attributes = [(TRANSPORT, bytes([protocol, 0, 0, 0]))]
        first = self._ask(ALLOCATE, attributes, sign=False)
        return self._ask(ALLOCATE, attributes) if first == 401 and self.username else first

    def permit(self, address: str) -> int:
        """Ask that this IPv4 address may be sent to."""
        number = int(ipaddress.IPv4Address(address)) ^ COOKIE
        peer = struct.pack("!BBHI", 0, 1, 9 ^ (COOKIE >> 16), number)
        return self._ask(CREATE_PERMISSION, [(PEER, peer)])

    def _ask(self, method: int, attributes: list[tuple[int, bytes]], sign: bool = True) -> int:
        transaction = secrets.token_bytes(12)
        if sign:
            attributes = [
                *attributes,
                (USERNAME, self.username.encode()),
                (REALM, self._realm),
                (NONCE, self._nonce),
            ]
        body = b"".join(struct.pack("!HH", kind, len(value)) + _padded(value) for kind, value in attributes)
        if sign:
            key = hashlib.md5(b":".join([self.username.encode(), self._realm, self.password.encode()])).digest()  # noqa: S324
            signed = _header(method, len(body) + 24, transaction) + body
            body += struct.pack("!HH", INTEGRITY, 20) + hmac.new(key, signed, hashlib.sha1).digest()
        self._socket.sendto(_header(method, len(body), transaction) + body, (HOST, self.port))
        answer = self._socket.recv(2048)
        assert answer[8:20] == transaction
        found = dict(_attributes(answer[20:]))
        self._realm, self._nonce = found.get(REALM, self._realm), found.get(NONCE, self._nonce)
        return found[ERROR][2] * 100 + found[ERROR][3] if ERROR in found else 0


def _header(method: int, length: int, transaction: bytes) -> bytes:
    return struct.pack("!HHI", method, length, COOKIE) + transaction


def _padded(value: bytes) -> bytes:
    return value + bytes(-len(value) % 4)


def _attributes(body: bytes) -> list[tuple[int, bytes]]:
    found = []
    while body:
        kind, length = struct.unpack("!HH", body[:4])
        found.append((kind, body[4 : 4 + length]))
        body = body[4 + length + -length % 4 :]
    return found
