"""Tables of results: printed, and written between their markers into `docs/benchmarks.md`."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.machine import machine_line

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown; columns after the first are for numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def publish(name: str, parts: Sequence[str], page: Path | None = PAGE) -> str:
    """Put the parts between the markers of `name` on the page, where one is given; returns the text.

    Raises:
        ValueError: the page has no such markers.
    """
    text = "\n\n".join([machine_line(), *parts])
    if page is not None:
        page.write_text(between_markers(page.read_text(encoding="utf-8"), name, text), encoding="utf-8")
    return text


def between_markers(page: str, name: str, text: str) -> str:
    """The page with `text` between `<!-- begin name -->` and `<!-- end name -->` instead of what is there."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    before, found, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise ValueError(f"the page has no {begin} … {end}")
    return f"{before}{begin}\n{text}\n{end}{after}"
