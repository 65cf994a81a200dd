"""What the pages of one zone need to know."""

from urllib.parse import urlsplit

from attrs import field, frozen
from attrs.validators import min_len
from kairan.zones import Zone


def _bare(url: str) -> str:
    return url.rstrip("/")


@frozen
class PagesSettings:
    """The pages as one network zone sees them.

    `face_url` is the homeserver's client API of this zone as the bridge reaches it, `base_url` these pages as
    the zone's browsers reach them; the pages stand at the root of their host. `secret` is at least 32
    characters; the keys of the cookies are derived from it. `session_seconds` is how long a sign-in lasts. With
    `x_forwarded` a proxy stands before the pages, whose `X-Forwarded-For` is believed.

    Raises:
        ValueError: `base_url` has a path, or `secret` is too short.
    """

    zone: Zone
    server_name: str
    face_url: str = field(converter=_bare)
    base_url: str = field(converter=_bare)
    secret: str = field(validator=min_len(32), repr=False)
    session_seconds: int = 12 * 60 * 60
    x_forwarded: bool = False

    @property
    def secure(self) -> bool:
        """Whether browsers come by HTTPS, so that cookies may insist on it."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def origin(self) -> str:
        """The pages' own origin, as browsers write it in `Origin`."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}".lower()

    @base_url.validator
    def _at_root(self, _: object, value: str) -> None:
        if urlsplit(value).path:
            raise ValueError(f"{value!r} has a path: the pages must stand at the root of their host")
