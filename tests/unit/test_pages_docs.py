"""What the docs of the pages say about things that are elsewhere."""

import re
from pathlib import Path

import pytest
from kairan_bridge.pages.kairan_api import FORWARDED

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["pages.md", "user-guide.ja.md"])
def test_every_picture_that_a_guide_shows_is_there(name: str) -> None:
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (DOCS / name).read_text(encoding="utf-8"))
    assert shown
    assert [picture for picture in shown if not (DOCS / picture).is_file()] == []


def test_every_call_that_is_forwarded_is_one_of_the_modules() -> None:
    rest = (DOCS / "rest.md").read_text(encoding="utf-8")
    documented = {
        (method, re.sub(r"\{\w+\}", "{}", path.partition("?")[0]))
        for method, path in re.findall(r"`(GET|PUT|POST|DELETE) (/[^`]+)`", rest)
    }
    forwarded = {(call.method, re.sub(r"\{\w+\}", "{}", call.path)) for call in FORWARDED}
    assert forwarded - documented == set()
