"""`kairan devices`: what an operator does with people's devices on the Internet side."""

import datetime
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer
from kairan.people import TOKYO
from rich.console import Console

from kairan_provisioning.client import ProvisioningClient
from kairan_provisioning.progress import Reporter

Homeserver = Annotated[
    str,
    typer.Option(envvar="KAIRAN_HOMESERVER", help="サーバーの内部リスナーの URL / the homeserver's internal listener"),
]
TokenFile = Annotated[Path | None, typer.Option(help="アクセストークンのファイル / a file with the access token")]
Person = Annotated[str, typer.Argument(help="職員番号か @利用者:サーバー / a staff number or user ID")]
Number = Annotated[str, typer.Argument(help="端末に出ている番号 / the number that the device shows")]

_ZONES = {"lgwan": "LGWAN", "internet": "インターネット", "internal": "内部"}


def devices_app(
    exits: Callable[[], AbstractContextManager[None]],
    connect: Callable[[str, Path | None], ProvisioningClient],
    default: str,
) -> typer.Typer:
    """The command's group.

    Args:
        exits: turns errors into a sentence and an exit code.
        connect: makes the client for a homeserver and a token file.
        default: the homeserver where none is named.
    """
    app = typer.Typer(help="端末の登録 / people's certified devices.", no_args_is_help=True)

    @app.command("list")
    def show(
        person: Person,
        homeserver: Homeserver = default,
        token_file: TokenFile = None,
        as_json: Annotated[bool, typer.Option("--json", help="JSON で出す / for programs")] = False,
    ) -> None:
        """ある人の端末と、承認を待つ番号を出します / print someone's devices and the numbers that wait."""
        with exits(), connect(homeserver, token_file) as client:
            answer = client.devices(_user_id(client, person))
            if as_json:
                typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
                return
            for line in device_lines(answer):
                _say(line)

    @app.command()
    def approve(number: Number, homeserver: Homeserver = default, token_file: TokenFile = None) -> None:
        """番号の端末を承認します。10 分以内のサインインで登録されます / approve a number."""
        with exits(), connect(homeserver, token_file) as client:
            _say(_request_line("承認しました / approved", client.device_action("approve", number=number)))

    @app.command()
    def deny(number: Number, homeserver: Homeserver = default, token_file: TokenFile = None) -> None:
        """番号の端末を断ります / turn a number away."""
        with exits(), connect(homeserver, token_file) as client:
            _say(_request_line("断りました / denied", client.device_action("deny", number=number)))

    @app.command()
    def revoke(
        person: Person,
        device: Annotated[str, typer.Argument(help="端末の ID / the device ID")],
        homeserver: Homeserver = default,
        token_file: TokenFile = None,
    ) -> None:
        """端末をサインアウトさせ、登録を取り消します / sign a device out for good."""
        with exits(), connect(homeserver, token_file) as client:
            client.device_action("revoke", user_id=_user_id(client, person), device_id=device)
            _say(f"{device} を取り消しました / revoked")

    @app.command()
    def lost(
        person: Person,
        homeserver: Homeserver = default,
        token_file: TokenFile = None,
        yes: Annotated[bool, typer.Option("--yes", help="確かめずに行う / do not ask back")] = False,
    ) -> None:
        """端末をなくした人の、すべてのサインインを終わらせます / end every session of someone."""
        with exits(), connect(homeserver, token_file) as client:
            user_id = _user_id(client, person)
            if not yes:
                typer.confirm(f"{user_id} をすべての端末からサインアウトします / sign out everywhere?", abort=True)
            answer = client.device_action("lost", user_id=user_id)
            _say(f"端末 {answer.get('devices')} 台からサインアウトしました / signed out everywhere")

    return app


def device_lines(answer: Mapping[str, Any]) -> list[str]:
    """The devices of a person and what waits, a line each."""
    lines = [
        "  ".join(
            (
                str(each.get("device_id")),
                "登録済み" if each.get("certified") else "未登録　",
                _ZONES.get(str(each.get("zone")), "－"),
                _moment(each.get("last_seen_ts")),
                str(each.get("name") or ""),
            )
        ).rstrip()
        for each in answer.get("devices", [])
    ]
    waiting = [_request_line("承認待ち / waiting", each) for each in answer.get("requests", [])]
    return [*lines, *waiting] or ["端末はありません / no devices"]


def _request_line(what: str, request: Mapping[str, Any]) -> str:
    return f"{what}: {request.get('number')}  {request.get('user_id')}  {request.get('name')}  {request.get('address')}"


def _moment(milliseconds: object) -> str:
    if not isinstance(milliseconds, int) or not milliseconds:
        return "－"
    return datetime.datetime.fromtimestamp(milliseconds / 1000, TOKYO).strftime("%Y-%m-%d %H:%M")


def _user_id(client: ProvisioningClient, person: str) -> str:
    return person if person.startswith("@") else f"@{person}:{client.server_name()}"


def _say(text: str) -> None:
    Reporter(Console()).line(text)
