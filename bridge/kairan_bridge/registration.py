"""The registration file by which Synapse knows the bridge.

Spec: https://spec.matrix.org/latest/application-service-api/#registration
"""

import io
import re

from ruamel.yaml import YAML

from kairan_bridge.config import Config, Listen


def registration(config: Config) -> dict[str, object]:
    """What belongs into a file named in Synapse's `app_service_config_files`. It holds both tokens."""
    service = config.appservice
    namespace = f"@{re.escape(service.bot)}(_.*)?:{re.escape(config.homeserver.server_name)}"
    return {
        "id": service.id,
        "url": f"http://{_reachable(service.listen)}",
        "as_token": str(service.as_token),
        "hs_token": str(service.hs_token),
        "sender_localpart": str(service.bot),
        "rate_limited": False,
        # Receipts and typing are not used: what reaches an application service of them is incomplete.
        "de.sorunome.msc2409.push_ephemeral": False,
        "namespaces": {"users": [{"exclusive": True, "regex": namespace}], "aliases": [], "rooms": []},
    }


def registration_yaml(config: Config) -> str:
    """`registration` as YAML text."""
    text = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(registration(config), text)
    return text.getvalue()


def _reachable(listen: Listen) -> Listen:
    """Where Synapse on the same machine reaches a listener, also one that binds every address."""
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    return Listen(loopback.get(listen.host, listen.host), listen.port)
