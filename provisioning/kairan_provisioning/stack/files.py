"""Files of a stack's home: read with a clear refusal, written whole or not at all."""

import io
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from kairan_provisioning.stack.errors import StackError

PRIVATE = 0o600
"""Mode of every file that may hold a secret."""


def make_directory(path: Path) -> None:
    """Make a directory that only we can read, and see that it can be written.

    Raises:
        StackError: it cannot be made, read or written.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        next(path.iterdir(), None)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise unusable(path, error) from error


def write(path: Path, text: str) -> None:
    """Put `text` at `path` in one step, readable by us only.

    Raises:
        StackError: the file cannot be written.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(handle, PRIVATE)
            file.write(text)
        Path(temporary).replace(path)
    except OSError as error:
        raise unusable(path, error) from error


def write_yaml(path: Path, content: Mapping[str, Any], *heading: str) -> None:
    """Put a mapping at `path` as YAML with the lines of `heading` above it as comments.

    Raises:
        StackError: the file cannot be written.
    """
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 120
    text = io.StringIO()
    text.writelines(f"# {line}\n" for line in heading)
    yaml.dump(dict(content), text)
    write(path, text.getvalue())


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; an empty one where there is no file.

    Raises:
        StackError: the file cannot be read, is not YAML or holds something else than a mapping.
    """
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise unusable(path, error) from error
    except (YAMLError, UnicodeDecodeError) as error:
        line = ""
        if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
            line = f":{error.problem_mark.line + 1}"
        raise StackError(
            f"{path}{line} は YAML として読めません。",
            f"{path}{line} is not valid YAML: mend it, or move it away to have it made anew.",
        ) from error
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise StackError(
            f"{path} は設定の形ではありません。",
            f"{path} does not hold settings: mend it, or move it away to have it made anew.",
        )
    return dict(content)


def unusable(path: Path, error: OSError) -> StackError:
    """What to say of a path that the system refuses."""
    reason = error.strerror or str(error)
    return StackError(
        f"{path} を使えません（{reason}）。KAIRAN_HOME で書き込めるディレクトリを指定してください。",
        f"{path} cannot be used ({reason}): set KAIRAN_HOME to a directory that you can write.",
    )
