"""From `policy*.yaml` files to what each organisation declares of zones, sign-in, passwords and sessions.

A policy is taken apart into its single settings, each judged alone by `kairan.policy`, so that all mistakes come at
once; and an organisation may stand in several places, as long as these do not contradict each other.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen
from kairan.organizations import OrganizationKey
from kairan.policy import OrganizationPolicy, PolicyError, parse_policy
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kairan_provisioning import values
from kairan_provisioning.declaration import where
from kairan_provisioning.mistakes import BadValueError, Mistake, Place, mistake
from kairan_provisioning.texts import narrow
from kairan_provisioning.yaml_rows import place_of

_DEEPEST = 3
"""How many keys lead to a setting at most: `rules`, action, zone."""

_LONGEST_NUMBER = 9
"""Digits that are read as a number; more is no number of hours or days."""


@frozen
class PolicyEntry:
    """One organisation's policy in a file: the YAML nodes of its key and of what stands there."""

    path: str
    key: Node
    policy: Node


@frozen
class _Setting:
    """One value of a policy, the nodes of the keys that lead to it, and its own."""

    file: str
    keys: tuple[str, ...]
    nodes: tuple[tuple[Node, Node], ...]
    """For each key its node and the node that stands under it."""
    value: object

    @property
    def data(self) -> dict[str, Any]:
        """A policy that has this setting only."""
        return _nested({self.keys: self.value})


def read_policies(path: str, root: Node, mistakes: list[Mistake]) -> Iterator[PolicyEntry]:
    """The entries of one file, a mapping of organisations to their policies."""
    if not isinstance(root, MappingNode):
        mistakes.append(
            mistake(
                place_of(path, root),
                _shown(root),
                "「団体コード: 設定」の形が必要です",
                "a mapping of organisations to their policies is needed here",
            )
        )
        return
    for key, policy in root.value:
        yield PolicyEntry(path, key, policy)


def declare_policies(
    entries: Iterable[PolicyEntry], known: set[OrganizationKey], mistakes: list[Mistake]
) -> dict[OrganizationKey, OrganizationPolicy]:
    """The policies of the organisations that declare one.

    Args:
        known: the organisations that the folder declares.
    """
    settings: dict[OrganizationKey, dict[tuple[str, ...], _Setting]] = {}
    for entry in entries:
        key = _organization(entry, known, mistakes)
        if key is None:
            # What is wrong below it is said all the same.
            _sound_settings(entry, mistakes)
            continue
        own = settings.setdefault(key, {})
        for setting in _sound_settings(entry, mistakes):
            first = own.setdefault(setting.keys, setting)
            if first.value != setting.value:
                mistakes.append(_contradiction(key, first, setting))
    return {
        key: parse_policy(_nested({keys: setting.value for keys, setting in own.items()}))
        for key, own in settings.items()
    }


def _organization(entry: PolicyEntry, known: set[OrganizationKey], mistakes: list[Mistake]) -> OrganizationKey | None:
    place, written = place_of(entry.path, entry.key), _shown(entry.key)
    try:
        key = values.organization_key(written)
    except BadValueError as error:
        mistakes.append(mistake(place, written, f"団体コード：{error.japanese}", f"organization: {error.english}"))
        return None
    if key not in known:
        mistakes.append(
            mistake(
                place,
                written,
                f"団体コード：{key} は organizations のファイルにありません",
                f"organization: {key} is not in the organizations files",
            )
        )
        return None
    return key


def _sound_settings(entry: PolicyEntry, mistakes: list[Mistake]) -> list[_Setting]:
    """The settings of an entry without those that are mistaken, which are noted."""
    sound: list[_Setting] = []
    faulty: set[Place] = set()
    for setting in _settings(entry):
        try:
            parse_policy(setting.data)
        except PolicyError as error:
            found = _mistake_of(entry, setting, error)
            # One bad key is one mistake, however much stands below it.
            if (place := Place(found.path, found.line, found.column)) not in faulty:
                faulty.add(place)
                mistakes.append(found)
        else:
            # An empty mapping declares nothing.
            if setting.value != {}:
                sound.append(setting)
    if not isinstance(entry.policy, MappingNode):
        mistakes.append(
            mistake(
                place_of(entry.path, _written(entry.key, entry.policy)),
                _shown(entry.policy),
                "「項目: 値」の形が必要です",
                "a mapping is needed here",
            )
        )
    return sound


def _settings(entry: PolicyEntry) -> Iterator[_Setting]:
    def below(node: Node, keys: tuple[str, ...], nodes: tuple[tuple[Node, Node], ...]) -> Iterator[_Setting]:
        if isinstance(node, MappingNode) and len(keys) < _DEEPEST and (node.value or not keys):
            for key, value in node.value:
                yield from below(value, (*keys, narrow(_shown(key))), (*nodes, (key, value)))
        elif keys:
            yield _Setting(entry.path, keys, nodes, _plain(node))

    return below(entry.policy, (), ())


def _mistake_of(entry: PolicyEntry, setting: _Setting, error: PolicyError) -> Mistake:
    key, value = setting.nodes[len(error.path) - 1]
    wrong = key if error.in_key else _written(key, value)
    return mistake(
        place_of(entry.path, wrong),
        "" if wrong is key and not error.in_key else _shown(wrong),
        f"{'.'.join(error.path)}：{error.japanese}",
        f"{'.'.join(error.path)}: {error.message}",
    )


def _contradiction(key: OrganizationKey, first: _Setting, second: _Setting) -> Mistake:
    (_, there), (_, here) = first.nodes[-1], second.nodes[-1]
    name, said = ".".join(second.keys), _shown(there)
    other = where(place_of(first.file, there))
    return mistake(
        place_of(second.file, here),
        _shown(here),
        f"{name}：{key} は {other} で「{said}」です。どちらかに揃えてください",
        f"{name}: {key} has {said!r} at {other}, which contradicts this",
    )


def _nested(settings: Mapping[tuple[str, ...], object]) -> dict[str, Any]:
    policy: dict[str, Any] = {}
    for keys, value in settings.items():
        inner = policy
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = value
    return policy


def _plain(node: Node) -> object:
    """A scalar as text or number; of anything else only what kind of thing it is."""
    if isinstance(node, ScalarNode):
        text = narrow(node.value)
        number = node.style is None and text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
        return int(text) if number else text
    return [] if isinstance(node, SequenceNode) else {}


def _written(key: Node, value: Node) -> Node:
    """The value where something is written; otherwise its key, for the value then begins on the next line."""
    return value if value.start_mark.index < value.end_mark.index else key


def _shown(node: Node) -> str:
    return str(node.value) if isinstance(node, ScalarNode) else ""
