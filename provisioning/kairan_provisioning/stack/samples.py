"""Fills one server of the demonstration: the declared bodies and staff, then the sample accounts."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from kairan.people import today

from kairan_provisioning.apply import NoProgressError, apply_plan, fetch_current
from kairan_provisioning.client import ProvisioningClient, ServerRefusedError, ServerUnreachableError
from kairan_provisioning.declaration import Declaration
from kairan_provisioning.folder import read_folder
from kairan_provisioning.plan import make_plan
from kairan_provisioning.progress import Advance, Reporter
from kairan_provisioning.stack import admin, files
from kairan_provisioning.stack.description import Account
from kairan_provisioning.stack.errors import StackError
from kairan_provisioning.stack.layout import Server
from kairan_provisioning.stack.report import Report
from kairan_provisioning.stack.secrets import Secrets, password


def declaration(folder: Path) -> Declaration:
    """What the folder declares.

    Raises:
        StackError: it has mistakes; the first is named.
    """
    declared, mistakes = read_folder(folder)
    if mistakes:
        raise StackError(
            f"{folder} に {len(mistakes)} 件の誤りがあります。",
            f"{len(mistakes)} mistakes, the first: {mistakes[0]} (`kairan plan {folder}` shows all)",
        )
    return declared


async def apply(server: Server, declared: Declaration, token: str, report: Report) -> None:
    """Make the server as declared, or see that it is.

    Raises:
        StackError: the homeserver refuses.
    """
    stopping = threading.Event()
    try:
        await asyncio.to_thread(_apply, server, declared, token, report, stopping)
    except (ServerRefusedError, ServerUnreachableError, NoProgressError) as error:
        raise StackError(f"{server.name} の登録に失敗しました。", f"{server.name}: {error}", exit_code=1) from error
    finally:
        # A thread cannot be cancelled; this ends its waits.
        stopping.set()


def _apply(server: Server, declared: Declaration, token: str, report: Report, stopping: threading.Event) -> None:
    keys = list(declared.organizations)
    reporter = _RowReporter(server, report)

    def pause(seconds: float) -> None:
        stopping.wait(seconds)

    with ProvisioningClient(server.internal, token, sleep=pause) as client:
        current = fetch_current(client, keys, reporter)
        plan = make_plan(declared, current, today())
        if plan.needs_confirmation:
            raise StackError(
                f"{server.home} には別の登録があり、多くの職員が退職になるため、何も変えませんでした。",
                f"{server.home} was filled from other files, and many would retire: nothing was changed."
                " Use another KAIRAN_HOME, or `kairan apply --retire`.",
            )
        apply_plan(client, plan, keys, None, reporter)


async def accounts(
    client: httpx.AsyncClient, server: Server, declared: Declaration, samples: Path, token: str, secrets: Secrets
) -> list[Account]:
    """The sample accounts of a server, the operator last; those that have no password yet get one.

    Raises:
        StackError: the file of samples is broken, or the homeserver refuses.
    """
    path = server.home / "passwords.yaml"
    known = files.read_mapping(path)
    found = []
    for localpart in _localparts(samples, server):
        person = declared.people.get(localpart)
        posting = next(iter(person.current_postings(today())), None) if person else None
        if person is None or posting is None:
            raise StackError(
                f"{samples} の {localpart} は、いま在籍していません。",
                f"{samples}: nobody with a current posting is declared as {localpart}.",
            )
        user_id = f"@{localpart}:{server.server_name}"
        if localpart not in known:
            chosen = password()
            await admin.set_password(client, token, user_id, chosen)
            known[localpart] = chosen
            # Written after each: what is in the file has been set, even if we are killed now.
            files.write_yaml(path, known, "The sample accounts' first passwords; changing them here changes nothing.")
        found.append(
            Account(
                server=server.name,
                user_id=user_id,
                password=str(known[localpart]),
                name=person.name,
                organization=posting.organization,
                section=posting.section,
                role=posting.role.value,
            )
        )
    return [*found, _operator(server, secrets)]


def _localparts(samples: Path, server: Server) -> list[str]:
    """Who of a server is shown."""
    return [str(localpart) for localpart in files.read_mapping(samples).get(server.name, ())]


def _operator(server: Server, secrets: Secrets) -> Account:
    return Account(
        server=server.name,
        user_id=f"@{admin.OPERATOR}:{server.server_name}",
        password=secrets.operator_password,
        name=f"{server.prefecture}運用者",
        organization=None,
        section=None,
        role="operator",
    )


class _RowReporter(Reporter):
    """Shows the steps of an apply in the server's row."""

    def __init__(self, server: Server, report: Report) -> None:
        self._server = server.name
        self._report = report

    def line(self, text: str) -> None:
        self._report.tell(f"{self._server}: {text}")

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[Advance]:
        done = 0

        def advance(more: int) -> None:
            nonlocal done
            done += more
            self._report.advance(self._server, done, total)

        self._report.step(self._server, label)
        yield advance
