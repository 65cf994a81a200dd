"""Fill the edge's configuration with an installation's values. Only Python's standard library is needed.

    python3 configs/edge/fill.py values.toml /etc/nginx/kairan

Each `@section.key@` in the `.conf` files beside this one becomes the value of that key. A value that is missing, that
nothing asks for, or that nginx could read as more than one word is refused, and then nothing is written.
"""

import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
PLACE = re.compile(r"@([a-z]+\.[a-z_]+)@")
WORD = re.compile(r"[\w./:\[\]-]+", re.ASCII)


def fill(values: dict[str, str], source: Path = HERE) -> dict[Path, str]:
    """The filled files by their path below `source`.

    Args:
        values: by `section.key`.

    Raises:
        ValueError: one line for each value that is wrong.
    """
    texts = {path.relative_to(source): path.read_text(encoding="utf-8") for path in sorted(source.rglob("*.conf"))}
    wanted = {key for text in texts.values() for key in PLACE.findall(text)}
    complaints = [
        *(f"{key}: is missing" for key in sorted(wanted - values.keys())),
        *(
            f"{key}: is not recognised, try one of: {', '.join(sorted(wanted))}"
            for key in sorted(values.keys() - wanted)
        ),
        *(f"{key}: {value!r} is not one word" for key, value in values.items() if not WORD.fullmatch(value)),
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
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    source, target = map(Path, arguments)
    try:
        files = fill(read(source))
    except (OSError, ValueError) as error:
        print("\n".join(f"{source}: {line}" for line in str(error).splitlines()), file=sys.stderr)
        return 2
    for path, text in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
