"""Makes `bridge/kairan_bridge/static/vendor` anew from the published packages that the pages use.

Run it after changing a version below: `python scripts/vendor_pages.py`. It needs npm, only to fetch; the pages
themselves have no build step. Each package is checked against the digest written here, bare import
specifiers become relative paths (so that no import map, which would be an inline script, is needed), and the
licence texts are kept beside the files.
"""

import base64
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from attrs import frozen

VENDOR = Path(__file__).parents[1] / "bridge/kairan_bridge/static/vendor"


@frozen
class Package:
    """A published package: `files` maps a path in it to one below `vendor/`; `integrity` is its SHA-512 in base64."""

    name: str
    version: str
    integrity: str
    files: dict[str, str]


PACKAGES = (
    Package(
        "lit-html",
        "3.3.3",
        "el8M6jK2o3RXBnrSHX3ZKrsN8zEV63pSExTO1wYJz7QndGYZ8353e2a5PPX+qHe2aGayfnchQmkAojaWAREOIA==",
        {
            "lit-html.js": "lit/lit-html.js",
            "directive.js": "lit/directive.js",
            "directive-helpers.js": "lit/directive-helpers.js",
            "directives/repeat.js": "lit/directives/repeat.js",
            "LICENSE": "lit/LICENSE.lit-html.txt",
        },
    ),
    Package(
        "lit-element",
        "4.2.2",
        "aFKhNToWxoyhkNDmWZwEva2SlQia+jfG0fjIWV//YeTaWrVnOxD89dPKfigCUspXFmjzOEUQpOkejH5Ly6sG0w==",
        {"lit-element.js": "lit/lit-element.js", "LICENSE": "lit/LICENSE.lit-element.txt"},
    ),
    Package(
        "@lit/reactive-element",
        "2.1.2",
        "pbCDiVMnne1lYUIaYNN5wrwQXDtHaYtg7YEFPeW+hws6U47WeFvISGUWekPGKWOP1ygrs0ef0o1VJMk1exos5A==",
        {
            "reactive-element.js": "lit/reactive-element.js",
            "css-tag.js": "lit/css-tag.js",
            "LICENSE": "lit/LICENSE.reactive-element.txt",
        },
    ),
    Package(
        "@digital-go-jp/design-tokens",
        "1.1.9",
        "93zW/Gb4/pwb63W7r8RHWQdbLGap4heHt5unQQjaqP1OlPqRif146tvqtyJ2xPcot3pnndFY3ph1DC0Crwp6bg==",
        {"dist/tokens.css": "dads/tokens.css", "LICENSE": "dads/LICENSE.txt"},
    ),
)

RELATIVE = {"lit-html": "./lit-html.js", "@lit/reactive-element": "./reactive-element.js"}
"""Where a bare specifier's file stands, seen from `vendor/lit`."""

_SPECIFIER = re.compile(r"""(?P<before>\bfrom|\bimport)(?P<quote>["'])(?P<specifier>[^"'./][^"']*)(?P=quote)""")


def relative_imports(source: str) -> str:
    """`source` with bare specifiers replaced and the pointer to its source map, which is not shipped, left out.

    Raises:
        KeyError: a specifier that is not in `RELATIVE`.
    """
    replaced = _SPECIFIER.sub(lambda m: f"{m['before']}{m['quote']}{RELATIVE[m['specifier']]}{m['quote']}", source)
    return re.sub(r"\n//# sourceMappingURL=.*\n?\Z", "\n", replaced)


def fetch(package: Package, folder: Path) -> dict[str, bytes]:
    """The package's files by path, after its digest was found right."""
    command = ["npm", "pack", "--silent", f"{package.name}@{package.version}"]
    name = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
    archive = (folder / name).read_bytes()
    integrity = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if integrity != package.integrity:
        sys.exit(f"{package.name} {package.version} has the digest {integrity}, not the one written here")
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        members = {member.name.removeprefix("package/"): opened.extractfile(member) for member in opened}
        return {path: member.read() for path, member in members.items() if member and path in package.files}


def main() -> None:
    """Replace the folder. Nothing of it is kept."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            content = fetch(package, Path(folder))
        for path, target in package.files.items():
            destination = VENDOR / target
            destination.parent.mkdir(parents=True, exist_ok=True)
            text = content[path].decode()
            destination.write_text(relative_imports(text) if path.endswith(".js") else text, encoding="utf-8")


if __name__ == "__main__":
    main()
