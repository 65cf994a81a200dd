"""The secrets of one server of the demonstration: made once at random, kept in its home."""

import secrets
import string
from pathlib import Path

from attrs import asdict, fields, frozen

from kairan_provisioning.stack import files
from kairan_provisioning.stack.errors import StackError

_PASSWORD_ALPHABET = string.digits + "abcdefghjkmnpqrstuvwxyz"
"""Without the letters that look like digits: these passwords are read off a screen."""


def password() -> str:
    """A demonstration password: three groups of four, about 59 bits."""
    groups = ("".join(secrets.choice(_PASSWORD_ALPHABET) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


@frozen
class Secrets:
    """What a server's parts know and nobody else: Synapse's own secrets, those between Synapse and
    the bridge, the bridge's own, and the operator's password."""

    macaroon_secret_key: str
    registration_shared_secret: str
    form_secret: str
    as_token: str
    hs_token: str
    bridge: str
    operator_password: str


def load(home: Path) -> Secrets:
    """The secrets of the server whose home this is; what is missing is made.

    Raises:
        StackError: the file cannot be read or written, or is broken.
    """
    path = home / "secrets.yaml"
    kept = files.read_mapping(path)
    values: dict[str, str] = {}
    for name in (field.name for field in fields(Secrets)):
        value = kept.get(name)
        if value is None:
            value = password() if name == "operator_password" else secrets.token_urlsafe(32)
        if not isinstance(value, str):
            raise StackError(f"{path} の {name} は文字列ではありません。", f"{path}: {name} is not a string.")
        values[name] = value
    made = Secrets(**values)
    if asdict(made) != kept:
        files.write_yaml(path, {**kept, **asdict(made)}, "The secrets of this server. Keep them to yourself.")
    return made
