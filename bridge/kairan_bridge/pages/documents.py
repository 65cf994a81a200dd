"""The HTML documents: a frame for each page, in each language, with all that it will load named at its top.

A document holds nothing personal. What it shows comes from the API after it has loaded.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import cast

from attrs import frozen
from kairan.language import Language

from kairan_bridge.pages.assets import STATIC, Assets

TEXTS = STATIC / "shared/texts"


@frozen
class Page:
    """A page: its address, custom element, module, style sheets and the key of its title's text."""

    path: str
    element: str
    module: str
    styles: tuple[str, ...]
    title: str


COMMON_STYLES = ("vendor/dads/tokens.css", "shared/base.css", "shared/components.css")

PRINT_STYLE = "shared/print.css"
"""Last, so that on paper it has the last word."""

PAGES = (
    Page("/login", "kairan-login", "pages/login/login-page.js", ("pages/login/login.css",), "login.title"),
    Page(
        "/activate",
        "kairan-activate",
        "pages/activate/activate-page.js",
        ("pages/activate/activate.css",),
        "activate.title",
    ),
    Page(
        "/phonebook",
        "kairan-phonebook",
        "pages/phonebook/phonebook-page.js",
        ("pages/phonebook/phonebook.css",),
        "phonebook.title",
    ),
    Page(
        "/devices", "kairan-devices", "pages/devices/devices-page.js", ("pages/devices/devices.css",), "devices.title"
    ),
)


@frozen
class Document:
    """A rendered page."""

    body: bytes
    compressed: bytes
    etag: str


def read_texts(language: Language, folder: Path = TEXTS) -> dict[str, str]:
    """The catalogue of a language: text by key, with `{name}` where a value goes."""
    return cast(dict[str, str], json.loads((folder / f"{language}.json").read_text(encoding="utf-8")))


def render(page: Page, language: Language, texts: Mapping[str, str], assets: Assets) -> Document:
    """One page in one language."""
    styles = "\n".join(
        f'<link rel="stylesheet" href="{assets.url(style)}">' for style in (*COMMON_STYLES, *page.styles, PRINT_STYLE)
    )
    preloads = "\n".join(
        f'<link rel="modulepreload" href="{assets.url(module)}">' for module in assets.imports(page.module)
    )
    # `<` would let a text end the element that holds it.
    catalogue = json.dumps(texts, ensure_ascii=False).replace("<", "\\u003c")
    html = f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(texts[page.title])} | {escape(texts["product"])}</title>
<link rel="icon" href="{assets.url("shared/icon.svg")}" type="image/svg+xml">
{styles}
{preloads}
<script type="module" src="{assets.url(page.module)}"></script>
</head>
<body>
<noscript><p class="noscript">{escape(texts["noscript"])}</p></noscript>
<script type="application/json" id="texts">{catalogue}</script>
<{page.element}></{page.element}>
</body>
</html>
"""
    body = html.encode()
    etag = hashlib.sha256(body).hexdigest()[:16]
    return Document(body, gzip.compress(body, mtime=0), etag)


def render_all(assets: Assets) -> dict[tuple[str, Language], Document]:
    """Every page in every language, by path and language."""
    return {
        (page.path, language): render(page, language, read_texts(language), assets)
        for language in Language
        for page in PAGES
    }
