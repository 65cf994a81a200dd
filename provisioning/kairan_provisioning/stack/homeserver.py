"""Synapse's configuration for the demonstration, as data.

Stock Synapse, one client listener per network zone. What is loose here and strict in production
says so; `configs/homeserver/` has the production form.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kairan_provisioning.stack.layout import HOST, Server
from kairan_provisioning.stack.secrets import Secrets

HEADING = (
    "Written at each start of the demonstration; changes made here are lost.",
    "Put your own settings in local.yaml beside it: they win.",
)

_PLENTY = {"per_second": 200, "burst_count": 2000}
"""No limit that a demonstration would meet: one person on one address plays many people."""


def configuration(server: Server, secrets: Secrets) -> Mapping[str, Any]:
    """The content of `homeserver.yaml`."""
    home = server.home
    return {
        "server_name": server.server_name,
        "public_baseurl": f"{server.internet}/",
        "report_stats": False,
        "listeners": _listeners(server),
        "database": {"name": "sqlite3", "args": {"database": str(home / "homeserver.db")}},
        "media_store_path": str(home / "media"),
        "signing_key_path": str(home / "signing.key"),
        "log_config": str(home / "log.yaml"),
        "pid_file": str(home / "homeserver.pid"),
        "tls_certificate_path": str(home / "tls.crt"),
        "tls_private_key_path": str(home / "tls.key"),
        "macaroon_secret_key": secrets.macaroon_secret_key,
        "registration_shared_secret": secrets.registration_shared_secret,
        "form_secret": secrets.form_secret,
        "app_service_config_files": [str(home / "registration.yaml")],
        "default_room_version": "11",
        **_accounts(),
        **_directories(),
        **_demonstration_only(),
        "modules": _modules(server),
    }


def _listeners(server: Server) -> list[dict[str, Any]]:
    ports = server.ports
    faces = {"lgwan": ports.lgwan, "internet": ports.internet, "internal": ports.internal}
    clients = [
        {
            "port": port,
            "tag": zone,
            "type": "http",
            "bind_addresses": [HOST],
            # No proxy stands before it, so nobody may say where a request comes from.
            "x_forwarded": False,
            "resources": [{"names": ["client"], "compress": False}],
        }
        for zone, port in faces.items()
    ]
    federation = {
        "port": ports.federation,
        "tag": "federation",
        "type": "http",
        "tls": True,
        "bind_addresses": [HOST],
        "x_forwarded": False,
        "resources": [{"names": ["federation"], "compress": False}],
    }
    return [*clients, federation]


def _accounts() -> dict[str, Any]:
    """People come from the declared files, with the name that these give them."""
    return {
        "enable_registration": False,
        "enable_set_displayname": False,
        "require_auth_for_profile_requests": True,
        # The faces answer profile lookups by posting, which is narrower and does not need a shared room.
        "limit_profile_requests_to_users_who_share_rooms": False,
        "allow_profile_lookup_over_federation": False,
    }


def _directories() -> dict[str, Any]:
    """Who finds whom and which room is decided by the modules, on the faces."""
    return {
        "allow_public_rooms_over_federation": False,
        "allow_public_rooms_without_auth": False,
        "room_list_publication_rules": [{"action": "allow"}],
        # The faces answer searches from the registry. Nobody reads Synapse's own index, which has a row for each
        # pair of people in a private room; keeping it took a quarter of what filling a server costs.
        "update_user_directory_from_worker": "nobody",
    }


def _demonstration_only() -> dict[str, Any]:
    """What production must not copy: both prefectures are on this machine, and nobody else."""
    return {
        "federation_verify_certificates": False,
        "ip_range_blacklist": [],
        "trusted_key_servers": [],
        "presence": {"enabled": False},
        # 4 is bcrypt's least; the passwords are random and kept beside it, and signing in feels quick.
        "bcrypt_rounds": 4,
        "rc_message": _PLENTY,
        "rc_registration": _PLENTY,
        "rc_login": {"address": _PLENTY, "account": _PLENTY, "failed_attempts": _PLENTY},
        "rc_admin_redaction": _PLENTY,
        "rc_joins": {"local": _PLENTY, "remote": _PLENTY},
        "rc_joins_per_room": _PLENTY,
        "rc_invites": {"per_room": _PLENTY, "per_user": _PLENTY, "per_issuer": _PLENTY},
        "rc_room_creation": _PLENTY,
        "rc_media_create": _PLENTY,
        "rc_user_directory": _PLENTY,
        "rc_profile": _PLENTY,
        "rc_reports": _PLENTY,
        "rc_delayed_event_mgmt": _PLENTY,
        "rc_presence": {"per_user": _PLENTY},
        "rc_federation": {
            "window_size": 1000,
            "sleep_limit": 1000,
            "sleep_delay": 10,
            "reject_limit": 1000,
            "concurrent": 100,
        },
        # A server that was down is tried again soon: demonstrations include pulling a plug.
        "federation": {
            "destination_min_retry_interval": "1s",
            "destination_retry_multiplier": 2,
            "destination_max_retry_interval": "10s",
        },
    }


def _modules(server: Server) -> list[dict[str, Any]]:
    zones = {"lgwan": server.lgwan, "internet": server.internet, "internal": server.internal}
    return [
        {"module": "kairan_provisioning.stack.durability.RelaxedSqlite", "config": {}},
        # The operators of the demonstration have no posting, and are to be tried on every face.
        {"module": "kairan_modules.Devices", "config": {"operators_on_internet": True}},
        {"module": "kairan_modules.Registry", "config": {"bot": "kairan"}},
        {
            "module": "kairan_modules.Faces",
            "config": {"zones": {zone: {"base_url": f"{base}/"} for zone, base in zones.items()}},
        },
        {"module": "kairan_modules.SignIn", "config": {}},
    ]


def logging(home: Path) -> Mapping[str, Any]:
    """The content of `log.yaml`: a rotating file, without SQL and without what people wrote."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "%(asctime)s %(levelname)s %(name)s %(request)s %(message)s"},
        },
        "handlers": {
            "file": {
                "class": "logging.handlers.RotatingFileHandler",
                "formatter": "line",
                "filename": str(home / "homeserver.log"),
                "maxBytes": 10_000_000,
                "backupCount": 3,
                "encoding": "utf-8",
            },
        },
        "loggers": {
            # SQL at DEBUG would hold message bodies; INFO and above hold none.
            "synapse.storage.SQL": {"level": "WARNING"},
        },
        "root": {"level": "INFO", "handlers": ["file"]},
    }
