"""Our REST API, `/_synapse/client/kairan/v1` (docs/rest.md)."""

from kairan_modules.rest.resource import KairanResource

__all__ = ["KairanResource"]
