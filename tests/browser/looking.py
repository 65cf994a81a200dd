"""What every screen of the pages must hold, whatever it shows."""

import json
import os
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""WCAG 2.2 AA, which JIS X 8341-3 AA is a part of, and what axe recommends beyond."""

DOCS = Path(__file__).parents[2] / "docs"

TOO_SMALL = """() => [...document.querySelectorAll('a, button, input:not([type=checkbox]), label.checkbox')]
  .filter((element) => element.checkVisibility() && !element.closest('.hidden, .skip-link'))
  .map((element) => ({ element: element.outerHTML.slice(0, 120), box: element.getBoundingClientRect() }))
  .filter(({ box }) => box.height < 43.5 || box.width < 24)
  .map(({ element, box }) => `${element} ${box.width}x${box.height}`)"""


def violations(page: Page) -> list[str]:
    """What axe-core objects to on the page as it is now, a line for each element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("(tags) => axe.run(document, { runOnly: tags })", RULES)
    return [
        f"{rule['id']}: {json.dumps(node['target'], ensure_ascii=False)} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def too_small(page: Page) -> list[str]:
    """What can be pressed and is less than 44 px high."""
    found: list[str] = page.evaluate(TOO_SMALL)
    return found


def overflows(page: Page) -> bool:
    """Whether the page has to be moved sideways to be read."""
    return bool(page.evaluate("document.scrollingElement.scrollWidth > document.documentElement.clientWidth"))


def picture(page: Page, name: str) -> None:
    """Keep the screen, if the docs show it and `KAIRAN_PICTURES` asks for it: pixels differ from machine to machine."""
    if not os.environ.get("KAIRAN_PICTURES"):
        return
    if any(f"images/{name}.png" in text.read_text(encoding="utf-8") for text in DOCS.rglob("*.md")):
        (DOCS / "images").mkdir(exist_ok=True)
        page.screenshot(path=DOCS / f"images/{name}.png", animations="disabled")
