"""Sealed cookies: what a browser keeps for us but can neither read nor change."""

import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Seal:
    """Seals JSON objects for one purpose. What another purpose, zone or secret sealed does not open.

    `purpose` goes into the key's derivation. `seconds` is how long a sealed value opens.
    """

    def __init__(self, secret: str, purpose: str, seconds: int) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=f"kairan pages: {purpose}".encode())
        self._fernet = Fernet(urlsafe_b64encode(derived.derive(secret.encode())))
        self.seconds = seconds

    def close(self, value: dict[str, Any]) -> str:
        """The value as text that may stand in a cookie."""
        return self._fernet.encrypt(json.dumps(value).encode()).decode()

    def open(self, text: str) -> dict[str, Any] | None:
        """What was sealed, or None for anything that is not ours or is too old."""
        try:
            opened = json.loads(self._fernet.decrypt(text.encode(), ttl=self.seconds))
        except (InvalidToken, ValueError):
            return None
        return opened if isinstance(opened, dict) else None
