"""CSV and TSV: from text to rows that know their places."""

import csv
import io
from collections.abc import Iterator, Mapping

from attrs import frozen

from kairan_provisioning.columns import Kind, find_column, nearest_column
from kairan_provisioning.mistakes import Mistake, Place, mistake


@frozen
class Table:
    """A file's physical lines, with their line ends, and which column stands where."""

    path: str
    lines: list[str]
    delimiter: str
    indexes: Mapping[str, int]


class TableRow:
    """One record of a table. Places are worked out only when somebody asks."""

    __slots__ = ("_cells", "_end", "_start", "_table")

    def __init__(self, table: Table, cells: list[str], start: int, end: int) -> None:
        """`start` and `end` are the first and the last physical line, from 1; the last of `cells` is empty."""
        self._table = table
        self._cells = cells
        self._start = start
        self._end = end

    def text(self, column: str) -> str:
        """See `Row`."""
        return self._cells[self._table.indexes.get(column, -1)]

    def place(self, column: str) -> Place:
        """See `Row`."""
        return cell_place(self._table, self._start, self._end, self._table.indexes.get(column, 0))


def read_table(path: str, text: str, kind: Kind, mistakes: list[Mistake]) -> Iterator[TableRow]:
    """The rows below the header line, blank ones left out.

    Mistakes of the table's shape (headers, quotes, too many fields) are appended; where the header lacks a
    column that is required, no row is given.
    """
    lines = list(io.StringIO(text, newline=""))
    delimiter = "\t" if lines and lines[0].count("\t") > lines[0].count(",") else ","
    known = len(mistakes)
    records = _records(path, lines, delimiter, mistakes)
    header = next(records, None)
    if len(mistakes) > known:
        return
    if header is None:
        mistakes.append(mistake(Place(path), "", "中身がありません", "the file is empty"))
        return
    names, start, end = header
    indexes = _read_header(Table(path, lines, delimiter, {}), names, start, end, kind, mistakes)
    table = Table(path, lines, delimiter, indexes)
    usable = all(column.name in indexes for column in kind.required)
    unnamed = [index for index, name in enumerate(names) if not name.strip()]
    for cells, start, end in records:
        if unnamed or len(cells) > len(names):
            beyond = (*(i for i in unnamed if i < len(cells)), *range(len(names), len(cells)))
            extra = next((index for index in beyond if cells[index].strip()), None)
            if extra is not None:
                mistakes.append(
                    mistake(
                        cell_place(table, start, end, extra),
                        cells[extra],
                        f"項目が多すぎます（見出しは {len(names)} 項目）",
                        f"too many fields, the header has {len(names)}",
                    )
                )
        if usable:
            # Lines may end early, as Excel's do; and a column that is not there is the last cell.
            cells.extend([""] * (max(0, len(names) - len(cells)) + 1))
            yield TableRow(table, cells, start, end)


def cell_place(table: Table, start: int, end: int, index: int) -> Place:
    """Where the `index`th cell, from 0, of the record on these physical lines begins."""
    record = "".join(table.lines[start - 1 : end])
    line, column, quoted = start, 1, False
    for at, character in enumerate(record):
        if index == 0:
            break
        column += 1
        if character == '"':
            quoted = not quoted
        elif character == "\n" or (character == "\r" and record[at + 1 : at + 2] != "\n"):
            line, column = line + 1, 1
        elif character == table.delimiter and not quoted:
            index -= 1
    return Place(table.path, min(line, end), column)


def _records(
    path: str, lines: list[str], delimiter: str, mistakes: list[Mistake]
) -> Iterator[tuple[list[str], int, int]]:
    """The records that are not blank, with their first and last physical line."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            quote = _open_quote(lines[start - 1], delimiter)
            mistakes.append(
                mistake(
                    Place(path, start, quote + 1),
                    lines[start - 1].rstrip("\r\n")[quote:],
                    '引用符（"）が正しく閉じていません',
                    'a quotation mark (") is not closed, or stands inside a value without being doubled',
                )
            )
            continue
        if any(map(str.strip, cells)):
            yield cells, start, reader.line_num


def _open_quote(line: str, delimiter: str) -> int:
    """Where the first cell begins whose quotation marks do not close on the line; 0 if all do."""
    at = 0
    for cell in line.rstrip("\r\n").split(delimiter):
        if cell.startswith('"') and (len(cell) == 1 or not cell.endswith('"') or cell.count('"') % 2):
            return at
        at += len(cell) + 1
    return 0


def _read_header(
    table: Table, names: list[str], start: int, end: int, kind: Kind, mistakes: list[Mistake]
) -> dict[str, int]:
    indexes: dict[str, int] = {}
    for index, name in enumerate(names):
        if not name.strip():
            continue
        column = find_column(kind, name)
        if column is None:
            mistakes.append(unknown_column(cell_place(table, start, end, index), kind, name))
        elif column.name in indexes:
            mistakes.append(repeated_column(cell_place(table, start, end, index), name, column.japanese))
        else:
            indexes[column.name] = index
    mistakes.extend(
        mistake(
            Place(table.path, start),
            "",
            f"{column.label[0]}の列がありません",
            f"the column {column.label[1]} is missing",
        )
        for column in kind.required
        if column.name not in indexes
    )
    return indexes


def unknown_column(place: Place, kind: Kind, name: str) -> Mistake:
    """The mistake of a header that means nothing, with the one that may have been meant."""
    near = nearest_column(kind, name)
    if near is None:
        known_japanese = "、".join(column.japanese for column in kind.columns)
        known_english = ", ".join(column.name for column in kind.columns)
        return mistake(
            place,
            name,
            f"知らない列名です。使えるのは {known_japanese} です",
            f"unknown column, try one of: {known_english}",
        )
    return mistake(
        place,
        name,
        f"知らない列名です。{near.label[0]}の誤りではありませんか",
        f"unknown column, did you mean {near.label[1]}?",
    )


def repeated_column(place: Place, name: str, japanese: str) -> Mistake:
    """The mistake of a column that is there twice."""
    return mistake(place, name, f"「{japanese}」の列が二つあります", "this column is there twice")
