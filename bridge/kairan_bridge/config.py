"""The bridge's configuration file, as frozen classes.

Reading and its error messages are in `config_file.py`. What a single value may look like is told by its
type here; what values must agree on is told by `Config.contradictions`.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from attrs import field, frozen
from kairan.zones import Zone
from yarl import URL

FACES = (Zone.LGWAN.value, Zone.INTERNET.value)
"""The zones that people use."""

_SAMPLES = ("changeme", "change_me", "change-me", "change me", "<", "…", "...")


class Secret(str):
    """A text that must not get into logs: its representation hides it."""

    __slots__ = ()
    minimum = 16

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Accept a secret that is long enough and no sample. The error never repeats it.

        Raises:
            ValueError: it is a sample or too short.
        """
        if any(sample in text.lower() for sample in _SAMPLES):
            raise ValueError("is still the sample's text, put a secret of your own there")
        if len(text) < cls.minimum or len(set(text)) < 6:
            raise ValueError(f"is too easy to guess, at least {cls.minimum} random characters are needed")
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError("may have only printable ASCII characters without blanks")
        return cls(text)


class LongSecret(Secret):
    """A secret that becomes a key: at least 32 characters."""

    __slots__ = ()
    minimum = 32


class FaceName(str):
    """One of `FACES`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise `ValueError` for a name that is no face."""
        if text not in FACES:
            raise ValueError(f"not recognised, try one of: {', '.join(FACES)}")
        return cls(text)


class ServerName(str):
    """A homeserver's name, the part of user IDs after the first colon."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise `ValueError` for what cannot be one."""
        if not text or any(c in text for c in "/@#!? ") or not text.isascii():
            raise ValueError(f"{text!r} is not a server name such as chat.pref.osaka.example")
        return cls(text)


class Localpart(str):
    """The part of a user ID before the colon, without the `@`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise `ValueError` for characters that user IDs may not have."""
        if not text or not all(c in "abcdefghijklmnopqrstuvwxyz0123456789._=-" for c in text):
            raise ValueError(f"{text!r} is not a localpart: a-z, 0-9, '.', '_', '=', '-' are allowed")
        return cls(text)


class HttpUrl(str):
    """An http(s) URL without query. It has no `/` at the end unless it is a `BaseUrl`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise `ValueError` for what is no such URL."""
        try:
            parts = urlsplit(text)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable or parts.query or parts.fragment or parts.username:
            raise ValueError(f"{text!r} is not a URL such as http://127.0.0.1:8400")
        return cls(text.rstrip("/"))


class BaseUrl(HttpUrl):
    """An http(s) URL that ends with `/`, to which relative paths are appended."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise `ValueError` for what is no such URL."""
        if not text.endswith("/"):
            raise ValueError(f"{text!r} must end with '/'")
        return cls(HttpUrl.parse(text) + "/")


@frozen
class Listen:
    """Where a listener binds: `127.0.0.1:8404` or `[::1]:8404`."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise `ValueError` for what is no address with a port from 1 to 65535."""
        host, colon, port = text.rpartition(":")
        bare = host.removeprefix("[").removesuffix("]")
        if not (colon and bare and port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError(f"{text!r} is not an address with a port such as 127.0.0.1:8404")
        if ":" in bare and not host.startswith("["):
            raise ValueError(f"{text!r}: write an IPv6 address in brackets, [::1]:8404")
        return cls(bare, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Engine(Enum):
    """The databases that the bridge runs on."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


@frozen(repr=False)
class DatabaseUrl:
    """Where the bridge's own database is. It may hold a password, so its representation does not show it."""

    engine: Engine
    url: str

    def __repr__(self) -> str:
        return f"DatabaseUrl({self.engine.value})"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `sqlite:/path/bridge.db` or `postgres://user:password@host/name`.

        Raises:
            ValueError: it is neither, or the folder of the file does not exist.
        """
        scheme, colon, rest = text.partition(":")
        if colon and scheme in ("postgres", "postgresql") and rest.startswith("//"):
            return cls(Engine.POSTGRES, text)
        if colon and scheme == "sqlite" and rest and not any(c in rest for c in "?#%"):
            path = Path("/" + rest.lstrip("/")) if rest.startswith("/") else Path(rest)
            if path.is_dir() or not path.parent.is_dir():
                raise ValueError(f"{path} cannot be a database file, its folder does not exist or it is one")
            return cls(Engine.SQLITE, str(URL.build(scheme="sqlite", path=str(path.absolute()))))
        raise ValueError("is not a database such as sqlite:/var/lib/kairan/bridge.db or postgres://user@host/name")


@frozen
class HomeserverConfig:
    """The homeserver beside which the bridge runs.

    `internal_url` is the loopback listener with the tag `internal`, `zones` the faces (`FACES`) as the bridge
    reaches them.
    """

    server_name: ServerName
    internal_url: HttpUrl
    zones: Mapping[str, HttpUrl]


@frozen
class AppserviceConfig:
    """What Synapse and the bridge know each other by; the same values stand in the registration."""

    id: str
    as_token: Secret
    hs_token: Secret
    bot: Localpart
    listen: Listen


@frozen
class WebConfig:
    """The web pages as one network sees them. `base_url` is the address that people's browsers use.

    `x_forwarded` is for pages behind a proxy that sets `X-Forwarded-For` itself.
    """

    listen: Listen
    base_url: BaseUrl
    x_forwarded: bool = False


@frozen
class Config:
    """The whole file. `secret` seals the cookies of the pages."""

    homeserver: HomeserverConfig
    appservice: AppserviceConfig
    web: Mapping[str, WebConfig]
    database: DatabaseUrl
    secret: LongSecret = field(repr=False)

    @property
    def bot(self) -> str:
        """The bot's user ID."""
        return f"@{self.appservice.bot}:{self.homeserver.server_name}"

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """What single values cannot show: the path of a key and what is wrong with it."""
        for face in self.web:
            if face not in self.homeserver.zones:
                yield f"web.{face}", f"has no counterpart homeserver.zones.{face}"
        if self.appservice.as_token == self.appservice.hs_token:
            yield "appservice.hs_token", "must differ from as_token"
        if self.secret in (self.appservice.as_token, self.appservice.hs_token):
            yield "secret", "must differ from the tokens of appservice"
        taken = {self.appservice.listen: "appservice.listen"}
        for face, web in self.web.items():
            if web.listen in taken:
                yield f"web.{face}.listen", f"is the address of {taken[web.listen]} already"
            taken[web.listen] = f"web.{face}.listen"
