"""Reading a module's part of `homeserver.yaml`, every key of it, with errors that name their place."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from synapse.module_api.errors import ConfigError


class ConfigReader:
    """One mapping of a configuration. Take what is wanted, then call `no_others`.

    Every method raises `ConfigError` with the path of the key within the module's `config`.
    """

    def __init__(self, values: object, path: tuple[str, ...] = ()) -> None:
        self._path = path
        if not isinstance(values, dict):
            raise self.error("a mapping is needed here", path)
        self._values: dict[str, Any] = values
        self._taken: set[str] = set()

    @staticmethod
    def error(message: str, path: Sequence[str]) -> ConfigError:
        """The error to raise, with Synapse's way to show the place."""
        return ConfigError(message, path=tuple(path))

    def refused(self, key: str, message: str) -> ConfigError:
        """The error to raise for a key of this mapping."""
        return self.error(message, (*self._path, key))

    def section(self, key: str) -> "ConfigReader":
        """A mapping within; it must be there."""
        return ConfigReader(self._take(key), (*self._path, key))

    def sections(self, key: str) -> list["ConfigReader"]:
        """A list of mappings within, empty where the key is absent."""
        values = self._take(key, [])
        if not isinstance(values, list):
            raise self.error("a list is needed here", (*self._path, key))
        return [ConfigReader(each, (*self._path, key, str(index))) for index, each in enumerate(values)]

    def keys(self, allowed: Iterable[str]) -> list[str]:
        """The keys given, at least one, each of them allowed."""
        choices = list(allowed)
        for key in self._values:
            if key not in choices:
                raise self.error(f"not recognised, try one of: {', '.join(choices)}", (*self._path, str(key)))
        if not self._values:
            raise self.error(f"at least one is needed of: {', '.join(choices)}", self._path)
        return list(self._values)

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty."""
        value = self._take(key, default)
        if not isinstance(value, str) or not value:
            raise self.error("a text is needed here", (*self._path, key))
        return value

    def one_of(self, key: str, choices: Sequence[str]) -> str:
        """One of these texts."""
        value = self.text(key)
        if value not in choices:
            raise self.refused(key, f"not recognised, try one of: {', '.join(choices)}")
        return value

    def texts(self, key: str) -> list[str]:
        """A list of texts, at least one and none of them empty."""
        values = self._take(key)
        if not isinstance(values, list) or not values or not all(isinstance(each, str) and each for each in values):
            raise self.error("a list of texts is needed here", (*self._path, key))
        return values

    def number(self, key: str, default: int, lowest: int, highest: int) -> int:
        """A whole number within bounds."""
        value = self._take(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise self.error(f"a whole number from {lowest} to {highest} is needed here", (*self._path, key))
        return value

    def base_url(self, key: str) -> str:
        """An `http` or `https` address without query; ends with one slash."""
        value = self.text(key)
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise self.error("an address such as https://chat.example.lg.jp/ is needed here", (*self._path, key))
        return value.rstrip("/") + "/"

    def no_others(self) -> None:
        """Refuse keys that nobody took."""
        for key in self._values:
            if key not in self._taken:
                raise self.error(
                    f"not recognised, try one of: {', '.join(sorted(self._taken))}", (*self._path, str(key))
                )

    def _take(self, key: str, default: object = None) -> Any:
        self._taken.add(key)
        value = self._values.get(key, default)
        if value is None:
            raise self.error("this is needed", (*self._path, key))
        return value
