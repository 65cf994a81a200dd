"""Fills one server of the demonstration: the declared bodies and staff, then the sample accounts."""

from pathlib import Path

import httpx

from kairan_provisioning.stack import admin
from kairan_provisioning.stack.description import Account
from kairan_provisioning.stack.layout import Server
from kairan_provisioning.stack.report import Report
from kairan_provisioning.stack.secrets import Secrets


async def apply(server: Server, declared: Path, token: str, report: Report) -> None:
    """Make true what the folder `declared` says."""


async def accounts(
    client: httpx.AsyncClient, server: Server, declared: Path, token: str, secrets: Secrets
) -> list[Account]:
    """The sample accounts of a server, the operator last; those that have no password yet get one."""
    operator = Account(
        server=server.name,
        user_id=f"@{admin.OPERATOR}:{server.server_name}",
        password=secrets.operator_password,
        name=f"{server.prefecture}運用者",
        organization=None,
        section=None,
        role="operator",
    )
    return [operator]
