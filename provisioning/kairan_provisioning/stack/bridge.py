"""The bridge's configuration and its registration with the homeserver, as data."""

import re
from collections.abc import Mapping
from typing import Any

from kairan_provisioning.stack.layout import HOST, Server
from kairan_provisioning.stack.secrets import Secrets

HEADING = ("Written at each start of the demonstration; changes made here are lost.",)


def configuration(server: Server, secrets: Secrets) -> Mapping[str, Any]:
    """The content of `bridge.yaml`."""
    ports = server.ports
    return {
        "homeserver": {
            "server_name": server.server_name,
            "internal_url": server.internal,
            "zones": {"lgwan": server.lgwan, "internet": server.internet},
        },
        "appservice": {
            "id": "kairan",
            "as_token": secrets.as_token,
            "hs_token": secrets.hs_token,
            "bot": "kairan",
            "listen": f"{HOST}:{ports.bridge}",
        },
        "web": {
            "lgwan": {"listen": f"{HOST}:{ports.web_lgwan}", "base_url": f"{server.web_lgwan}/"},
            "internet": {"listen": f"{HOST}:{ports.web_internet}", "base_url": f"{server.web_internet}/"},
        },
        "database": f"sqlite:{server.home / 'bridge.db'}",
        "secret": secrets.bridge,
    }


def registration(server: Server, secrets: Secrets) -> Mapping[str, Any]:
    """The content of `registration.yaml`, which the homeserver reads.

    Spec: https://spec.matrix.org/v1.11/application-service-api/#registration
    """
    return {
        "id": "kairan",
        "url": f"http://{HOST}:{server.ports.bridge}",
        "as_token": secrets.as_token,
        "hs_token": secrets.hs_token,
        "sender_localpart": "kairan",
        "rate_limited": False,
        "namespaces": {
            "users": [{"exclusive": True, "regex": f"@kairan(_.*)?:{re.escape(server.server_name)}"}],
            "aliases": [],
            "rooms": [],
        },
    }
