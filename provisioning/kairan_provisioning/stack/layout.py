"""What lies where: the ports, names and paths of the demonstration. Nothing here touches the machine."""

from pathlib import Path

from attrs import frozen

from kairan_provisioning.stack.errors import StackError

BLOCK = 20
"""How many ports, from the first, belong to one stack. Some are kept for parts that come later."""

_PORTS_OF_A_SERVER = 10
_HIGHEST_PORT = 65535

HOST = "127.0.0.1"


@frozen
class Ports:
    """The ports of one server, all on loopback, counted from its first."""

    first: int

    @property
    def lgwan(self) -> int:
        """The LGWAN face."""
        return self.first

    @property
    def internet(self) -> int:
        """The Internet face."""
        return self.first + 1

    @property
    def internal(self) -> int:
        """The client API for the bridge and the `kairan` command."""
        return self.first + 2

    @property
    def federation(self) -> int:
        """Other homeservers, by TLS. It is part of the server name."""
        return self.first + 3

    @property
    def bridge(self) -> int:
        """The bridge's application service interface."""
        return self.first + 4

    @property
    def web_lgwan(self) -> int:
        """The bridge's pages for LGWAN."""
        return self.first + 5

    @property
    def web_internet(self) -> int:
        """The bridge's pages for the Internet."""
        return self.first + 6

    @property
    def used(self) -> tuple[int, ...]:
        """All that something listens on today."""
        return tuple(range(self.first, self.first + 7))


@frozen
class Server:
    """One prefecture of the demonstration: its name, its prefecture, where its data and its ports are."""

    name: str
    prefecture: str
    home: Path
    ports: Ports

    @property
    def server_name(self) -> str:
        """The Matrix server name; others find the server by it, so it ends with the federation port."""
        return f"localhost:{self.ports.federation}"

    @property
    def bot(self) -> str:
        """The user ID of the bridge's bot."""
        return f"@kairan:{self.server_name}"

    @property
    def lgwan(self) -> str:
        """Base URL of the LGWAN face, without a slash at its end (as the other URLs here)."""
        return url(self.ports.lgwan)

    @property
    def internet(self) -> str:
        """Base URL of the Internet face."""
        return url(self.ports.internet)

    @property
    def internal(self) -> str:
        """Base URL of the internal listener."""
        return url(self.ports.internal)

    @property
    def web_lgwan(self) -> str:
        """Base URL of the bridge's pages for LGWAN."""
        return url(self.ports.web_lgwan)

    @property
    def web_internet(self) -> str:
        """Base URL of the bridge's pages for the Internet."""
        return url(self.ports.web_internet)


@frozen
class Stack:
    """The whole demonstration: a home directory, a first port, and the servers in them."""

    home: Path
    port: int

    @property
    def servers(self) -> tuple[Server, ...]:
        """Osaka, then Tokyo."""
        return tuple(
            Server(name, prefecture, self.home / name, Ports(self.port + index * _PORTS_OF_A_SERVER))
            for index, (name, prefecture) in enumerate((("osaka", "大阪府"), ("tokyo", "東京都")))
        )

    @property
    def description(self) -> Path:
        """The file that tells others what is running (contracts.md has its form)."""
        return self.home / "stack.json"

    @property
    def lock(self) -> Path:
        """Held while the stack runs; it names the port block to which the home belongs."""
        return self.home / "stack.lock"


def url(port: int) -> str:
    """The plain HTTP address of a port of ours."""
    return f"http://{HOST}:{port}"


def parse_port(text: str) -> int:
    """Read the first port of a block.

    Raises:
        StackError: not a number, or the block does not fit between 1024 and 65535.
    """
    highest = _HIGHEST_PORT - BLOCK + 1
    if not (text.isascii() and text.isdigit()) or not 1024 <= int(text) <= highest:
        raise StackError(
            f"KAIRAN_PORT={text} は使えません。1024 から {highest} までの数にしてください。",
            f"KAIRAN_PORT={text} is no usable port: a number from 1024 to {highest} is needed.",
        )
    return int(text)
