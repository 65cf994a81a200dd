"""`stack.json`: what is running and who may sign in, for programs. contracts.md holds its form."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import asdict, frozen

from kairan_provisioning.stack import files
from kairan_provisioning.stack.layout import Server, Stack


@frozen
class Account:
    """A sample account. `role` is staff, organization_admin, operator or guest; an operator and a
    guest have no organisation, and who belongs to the whole organisation has no section."""

    server: str
    user_id: str
    password: str
    name: str
    organization: str | None
    section: str | None
    role: str


def write(stack: Stack, accounts: Iterable[Account]) -> None:
    """Write the description in one step. It holds passwords, so only we can read it.

    Raises:
        StackError: the file cannot be written.
    """
    content = {
        "servers": [_server(server) for server in stack.servers],
        "accounts": [asdict(account) for account in accounts],
    }
    files.write(stack.description, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _server(server: Server) -> Mapping[str, Any]:
    return {
        "name": server.name,
        "server_name": server.server_name,
        "prefecture": server.prefecture,
        "lgwan": server.lgwan,
        "internet": server.internet,
        "web": {"lgwan": server.web_lgwan, "internet": server.web_internet},
        "bot": server.bot,
    }
