"""Brings the demonstration up: starts the parts of both prefectures and fills them from the declared files."""

import asyncio
import sys
from pathlib import Path

import httpx
from attrs import frozen

from kairan_provisioning.stack import admin, description, home, samples
from kairan_provisioning.stack.errors import StackError
from kairan_provisioning.stack.layout import Server, Stack, url
from kairan_provisioning.stack.processes import Part, Supervisor
from kairan_provisioning.stack.readiness import wait_until_healthy
from kairan_provisioning.stack.report import Report
from kairan_provisioning.stack.secrets import Secrets

_TIMEOUT = 60.0
"""Seconds for one answer of a homeserver. Registering thousands in one call takes some."""


@frozen
class Demonstration:
    """One start of the demonstration. `declared` holds a folder of files for each server, and the sample accounts."""

    stack: Stack
    declared: Path
    supervisor: Supervisor
    report: Report

    async def bring_up(self) -> list[description.Account]:
        """Start everything, wait until it answers, fill it, and write `stack.json`.

        Returns the sample accounts, in the order in which they are shown.

        Raises:
            StackError: the home is unusable, a part does not start, or a homeserver refuses.
        """
        self.stack.description.unlink(missing_ok=True)
        secrets = [home.prepare(server) for server in self.stack.servers]
        both = zip(self.stack.servers, secrets, strict=True)
        tasks = [asyncio.create_task(self._bring_up(server, known)) for server, known in both]
        try:
            # The first failure counts; it is raised as it is, not as one of a group.
            accounts = [account for found in await asyncio.gather(*tasks) for account in found]
        finally:
            for task in tasks:
                task.cancel()
        description.write(self.stack, accounts)
        return accounts

    async def _bring_up(self, server: Server, secrets: Secrets) -> list[description.Account]:
        homeserver, bridge = parts(server)
        samples_file = self.declared / "accounts.yaml"
        async with httpx.AsyncClient(base_url=server.internal, timeout=_TIMEOUT, trust_env=False) as client:
            self.report.step(server.name, "ホームサーバーを起動中 / starting the homeserver")
            self.supervisor.start(homeserver)
            # Reading takes about as long as Synapse takes to import itself.
            declared = await asyncio.to_thread(samples.declaration, self.declared / server.name)
            await wait_until_healthy(client, homeserver, self.supervisor, [f"{server.internal}/health"])
            self.supervisor.start(bridge)
            try:
                token = await admin.operator_token(client, server, secrets)
                await samples.apply(server, declared, token, self.report)
                accounts = await samples.accounts(client, server, declared, samples_file, token, secrets)
            except httpx.HTTPError as error:
                raise StackError(
                    f"{homeserver.name} との通信が途切れました。",
                    f"{homeserver.name} stopped answering ({type(error).__name__}): {homeserver.last_words()}",
                    exit_code=1,
                ) from error
            self.report.step(server.name, "ブリッジを待機中 / waiting for the bridge")
            ports = server.ports
            addresses = [f"{url(port)}/health" for port in (ports.bridge, ports.web_lgwan, ports.web_internet)]
            await wait_until_healthy(client, bridge, self.supervisor, addresses)
            self.report.step(server.name, "準備完了 / up")
            return accounts


def parts(server: Server) -> tuple[Part, Part]:
    """The homeserver and the bridge of a server, as they are started."""
    base = server.home
    homeserver = Part(
        name=f"{server.name}/homeserver",
        command=[
            *(sys.executable, "-m", "synapse.app.homeserver"),
            *("-c", str(base / "homeserver.yaml"), "-c", str(base / "local.yaml")),
        ],
        log=home.log_of(server, "homeserver"),
        also_read=base / "homeserver.log",
    )
    bridge = Part(
        name=f"{server.name}/bridge",
        command=[sys.executable, "-m", "kairan_bridge", "--config", str(base / "bridge.yaml")],
        log=home.log_of(server, "bridge"),
    )
    return homeserver, bridge
