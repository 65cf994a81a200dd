"""Reads the configuration file, and says what is wrong with it in single lines."""

import operator
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import attrs
from cattrs import Converter
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ForbiddenExtraKeysError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from kairan_bridge.config import (
    AppserviceConfig,
    BaseUrl,
    Config,
    DatabaseUrl,
    FaceName,
    HomeserverConfig,
    HttpUrl,
    Listen,
    Localpart,
    LongSecret,
    Secret,
    ServerName,
    WebConfig,
)

_PARSED = (BaseUrl, DatabaseUrl, FaceName, HttpUrl, Listen, Localpart, LongSecret, Secret, ServerName)


class ConfigError(Exception):
    """The file cannot be used. `lines` says why, one mistake each, for people; none holds a secret."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


def read_config(path: Path) -> Config:
    """Read and check a configuration file.

    Raises:
        ConfigError: it cannot be read, is no YAML, or has mistakes: all of them.
    """
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from None
    except YAMLError as error:
        # The text around the mistake is left out: it may be a secret.
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = type(error).__name__.removesuffix("Error")
        raise ConfigError([f"{path}{where}: is not YAML ({what})"]) from None
    problems = [f"{path}: {line}" for line in _check(content)]
    if problems:
        raise ConfigError(problems)
    config = _CONVERTER.structure(content, Config)
    problems = [f"{path}: {key}: {what}" for key, what in config.contradictions()]
    if problems:
        raise ConfigError(problems)
    return config


def _check(content: object) -> list[str]:
    try:
        _CONVERTER.structure(content, Config)
    except BaseValidationError as error:
        return [_line(path, text) for path, text in _mistakes(error, ())]
    except ValueError as error:
        return [str(error)]
    return []


def _line(path: tuple[str, ...], text: str) -> str:
    return f"{'.'.join(path)}: {text}" if path else text


def _mistakes(error: BaseException, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Walk what cattrs collected, with the path of the key of each mistake."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            path = (*path, note.name)
        elif isinstance(note, IterableValidationNote):
            path = (*path, str(note.index))
    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            yield from _mistakes(inner, path)
    elif isinstance(error, ForbiddenExtraKeysError):
        known = ", ".join(_keys(error.cl))
        for key in sorted(map(str, error.extra_fields)):
            yield (*path, key), f"not recognised, try one of: {known}"
    elif isinstance(error, KeyError):
        yield path, "is missing"
    else:
        yield path, str(error)


def _keys(section: type) -> list[str]:
    return [attribute.name for attribute in attrs.fields(section)]


def _text(value: object, _: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text (put it in quotes)")
    return value


def _yes_or_no(value: object, _: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _parsed(kind: Any) -> Callable[[object, object], Any]:
    return lambda value, _: kind.parse(_text(value, _))


def _section(converter: Converter, kind: Any) -> Callable[[object, object], Any]:
    read = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)

    def structure(value: object, _: object) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError(f"must be a mapping with the keys {', '.join(_keys(kind))}")
        return read({str(key): inner for key, inner in value.items()}, kind)

    return structure


def _faces(converter: Converter, kind: Any) -> Callable[[object, object], Any]:
    """Mappings by face. Written out because cattrs has no good word for what is not a mapping."""
    plain = dict[FaceName, kind.__args__[1]]
    read = converter.gen_structure_mapping(plain)

    def structure(value: object, _: object) -> Any:
        if not isinstance(value, Mapping) or not value:
            raise ValueError("must be a mapping with a key for each face: lgwan, internet")
        return read(value, plain)

    return structure


def _converter() -> Converter:
    converter = Converter()
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(bool, _yes_or_no)
    for parsed in _PARSED:
        converter.register_structure_hook(parsed, _parsed(parsed))
    # Innermost first: the reader of a section is made with those of what it holds.
    section: type
    for section in (WebConfig, AppserviceConfig):
        converter.register_structure_hook(section, _section(converter, section))
    for kind in (Mapping[str, HttpUrl], Mapping[str, WebConfig]):
        converter.register_structure_hook_func(partial(operator.eq, kind), _faces(converter, kind))
    for section in (HomeserverConfig, Config):
        converter.register_structure_hook(section, _section(converter, section))
    return converter


_CONVERTER = _converter()
