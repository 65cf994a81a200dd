"""YAML: from text to rows that know their places.

The text is only composed into nodes, never constructed into values: a staff number 012345 must
not become 12345, and a date not a time.
"""

from collections.abc import Iterator, Mapping

from attrs import field, frozen
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from kairan_provisioning.columns import STAFF, Kind, find_column
from kairan_provisioning.mistakes import Mistake, Place, mistake
from kairan_provisioning.tables import repeated_column, unknown_column

POSTINGS = ("所属", "発令", "postings")
"""The key of a person's list of postings."""

_OF_A_POSTING = frozenset({"organization", "section", "title", "extension", "role", "starts", "ends"})
_NOTHING = ("", "~", "null", "Null", "NULL")


@frozen
class EntryRow:
    """One entry, or one posting of an entry together with what the entry says of the person."""

    begins: Place
    cells: Mapping[str, tuple[str, Place]] = field(factory=dict)

    def text(self, column: str) -> str:
        """See `Row`."""
        cell = self.cells.get(column)
        return cell[0] if cell else ""

    def place(self, column: str) -> Place:
        """See `Row`."""
        cell = self.cells.get(column)
        return cell[1] if cell else self.begins


def read_yaml(path: str, text: str, kind: Kind, mistakes: list[Mistake]) -> Iterator[EntryRow]:
    """The entries of a YAML file: a list of mappings, or one under the kind's name.

    A member of staff with a list of postings is a row for each. Mistakes of the file's shape are appended.
    """
    root = compose(path, text, mistakes)
    if root is not None:
        yield from _entries(path, root, kind, mistakes)


def compose(path: str, text: str, mistakes: list[Mistake]) -> Node | None:
    """The root node of a YAML text; None, and a mistake noted, where it is empty or no YAML."""
    try:
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
        mistakes.append(_broken(place, str(error.problem or error.context)))
        return None
    except ReaderError as error:
        before = text[: error.position]
        place = Place(path, before.count("\n") + 1, error.position - before.rfind("\n"))
        shown = text[error.position : error.position + 1]
        mistakes.append(mistake(place, shown, "使えない文字（制御文字）があります", "a control character"))
        return None
    except (YAMLError, RecursionError) as error:
        mistakes.append(_broken(Place(path), str(error)))
        return None
    if root is None or (isinstance(root, ScalarNode) and root.value in _NOTHING):
        mistakes.append(mistake(Place(path), "", "中身がありません", "the file is empty"))
        return None
    return root


def _entries(path: str, root: Node, kind: Kind, mistakes: list[Mistake]) -> Iterator[EntryRow]:
    if isinstance(root, MappingNode) and len(root.value) == 1 and isinstance(root.value[0][1], SequenceNode):
        key, below = root.value[0]
        if str(key.value) in (kind.name, kind.japanese):
            root = below
    if not isinstance(root, SequenceNode):
        mistakes.append(
            mistake(
                place_of(path, root),
                "",
                f"{kind.japanese}の一覧（- で始まる並び）が必要です",
                "a list of entries is needed",
            )
        )
        return
    for entry in root.value:
        cells, postings = _cells(path, entry, kind, mistakes)
        row = EntryRow(place_of(path, entry), cells)
        if postings is None:
            if cells and not _lacks_columns(row, kind, mistakes):
                yield row
            continue
        for posting in postings:
            own, _ = _cells(path, posting, kind, mistakes, only=_OF_A_POSTING)
            both = EntryRow(place_of(path, posting), {**cells, **own})
            if not _lacks_columns(both, kind, mistakes):
                yield both


def _cells(
    path: str, entry: Node, kind: Kind, mistakes: list[Mistake], only: frozenset[str] | None = None
) -> tuple[dict[str, tuple[str, Place]], list[Node] | None]:
    """The cells of a mapping, and its list of postings if it has one."""
    cells: dict[str, tuple[str, Place]] = {}
    postings: list[Node] | None = None
    if not isinstance(entry, MappingNode):
        value = entry.value if isinstance(entry, ScalarNode) else ""
        mistakes.append(mistake(place_of(path, entry), value, "「項目: 値」の形が必要です", "a mapping is needed here"))
        return cells, postings
    for key, value in entry.value:
        name = key.value if isinstance(key, ScalarNode) else ""
        if kind is STAFF and only is None and name in POSTINGS and isinstance(value, SequenceNode):
            postings = value.value
            continue
        column = find_column(kind, name)
        if column is None or (only is not None and column.name not in only):
            mistakes.append(unknown_column(place_of(path, key), kind, name))
        elif column.name in cells:
            mistakes.append(repeated_column(place_of(path, key), name, column.japanese))
        else:
            text = _text(value)
            if text is None:
                mistakes.append(
                    mistake(place_of(path, value), "", "一つの値が必要です", "a single value is needed here")
                )
            else:
                cells[column.name] = (text, place_of(path, value))
    return cells, postings


def _text(node: Node) -> str | None:
    """A scalar as written; a list of scalars joined by blanks; None for anything else."""
    if isinstance(node, ScalarNode):
        return "" if node.style is None and node.value in _NOTHING else str(node.value)
    if isinstance(node, SequenceNode) and all(isinstance(item, ScalarNode) for item in node.value):
        return " ".join(str(item.value) for item in node.value)
    return None


def _lacks_columns(row: EntryRow, kind: Kind, mistakes: list[Mistake]) -> bool:
    missing = [column for column in kind.required if column.name not in row.cells]
    mistakes.extend(
        mistake(row.begins, "", f"{column.label[0]}がありません", f"{column.label[1]} is missing") for column in missing
    )
    return bool(missing)


def place_of(path: str, node: Node) -> Place:
    """Where a node begins."""
    return Place(path, node.start_mark.line + 1, node.start_mark.column + 1)


def _broken(place: Place, problem: str) -> Mistake:
    return mistake(place, problem, "YAML として読めません", "not YAML that can be read")
