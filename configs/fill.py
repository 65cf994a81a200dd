"""Fill a folder of configuration with an installation's values. Only Python's standard library is needed.

    python3 configs/fill.py configs/edge values.toml /etc/nginx/kairan

Each `@section.key@` in the folder's files becomes the value of that key; `values.example.toml` there has all of them.
A value that is missing, that nothing asks for, that is left as `CHANGE-ME`, or that could be read as more than one
word is refused, and then nothing is written.
"""

import re
import sys
import tomllib
from pathlib import Path

TEMPLATES = frozenset({".conf", ".yaml", ".env", ".json"})
PLACE = re.compile(r"@([a-z_]+\.[a-z_]+)@")
WORD = re.compile(r"[\w./:\[\]-]+", re.ASCII)


def fill(source: Path, values: dict[str, str]) -> dict[Path, str]:
    """The filled files of the folder `source` by their path below it.

    Args:
        values: by `section.key`.

    Raises:
        ValueError: one line for each value that is wrong.
    """
    texts = {
        path.relative_to(source): path.read_text(encoding="utf-8")
        for path in sorted(source.rglob("*"))
        if path.suffix in TEMPLATES
    }
    wanted = {key for text in texts.values() for key in PLACE.findall(text)}
    complaints = [
        *(f"{key}: is missing" for key in sorted(wanted - values.keys())),
        *(
            f"{key}: is not recognised, try one of: {', '.join(sorted(wanted))}"
            for key in sorted(values.keys() - wanted)
        ),
        *(f"{key}: {value!r} is not one word" for key, value in values.items() if not WORD.fullmatch(value)),
        *(f"{key}: is not set" for key, value in values.items() if value == "CHANGE-ME"),
    ]
    if complaints:
        raise ValueError("\n".join(complaints))
    return {path: PLACE.sub(lambda place: values[place[1]], text) for path, text in texts.items()}


def read(path: Path) -> dict[str, str]:
    """The values of a TOML file by `section.key`.

    Raises:
        ValueError: it is not TOML, or something stands outside of a section.
    """
    values: dict[str, str] = {}
    for section, content in tomllib.loads(path.read_text(encoding="utf-8")).items():
        if not isinstance(content, dict):
            raise ValueError(f"{section}: stands outside of a section")
        values |= {f"{section}.{key}": str(value) for key, value in content.items()}
    return values


def main(arguments: list[str]) -> int:
    """The command; returns its exit code."""
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    source, values, target = map(Path, arguments)
    try:
        files = fill(source, read(values))
    except (OSError, ValueError) as error:
        print("\n".join(f"{values}: {line}" for line in str(error).splitlines()), file=sys.stderr)
        return 2
    for path, text in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).touch(mode=0o600)
        (target / path).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
