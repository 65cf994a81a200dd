"""The `kairan` command.

Exit codes: 0 done; 1 the server could not be reached or refused; 2 the folder or the command line has
a mistake, and nothing was changed; 130 interrupted.
"""

import ipaddress
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from kairan.people import today
from rich.console import Console

from kairan_provisioning.activations import LinkFile, LinkFileError, issue_links
from kairan_provisioning.apply import NoProgressError, apply_plan, fetch_current, make_rooms
from kairan_provisioning.cli_devices import devices_app
from kairan_provisioning.client import ProvisioningClient, ServerRefusedError, ServerUnreachableError
from kairan_provisioning.declaration import Declaration
from kairan_provisioning.folder import read_folder
from kairan_provisioning.passwords import PasswordFile, PasswordFileError
from kairan_provisioning.plan import Action, Plan, make_plan
from kairan_provisioning.progress import Reporter
from kairan_provisioning.report import mistakes_to_json, plan_lines, plan_to_json, summary_lines
from kairan_provisioning.stack.commands import app as stack_app

SERVER_FAILED = 1
MISTAKEN = 2
INTERRUPTED = 130

TOKEN_VARIABLE = "KAIRAN_TOKEN"  # noqa: S105
"""The environment variable that holds the token where no file does."""

# A traceback with local variables would show first passwords.
app = typer.Typer(
    name="kairan",
    help="回覧（Kairan）の運用コマンド / declares organisations and staff, and runs a stack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(stack_app, name="stack")

Folder = Annotated[Path, typer.Argument(help="organizations、sections、staff のファイルのあるフォルダー / the folder")]
Homeserver = Annotated[
    str,
    typer.Option(envvar="KAIRAN_HOMESERVER", help="サーバーの内部リスナーの URL / the homeserver's internal listener"),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(help=f"アクセストークンのファイル。なければ環境変数 {TOKEN_VARIABLE} / a file with the access token"),
]

DEFAULT_HOMESERVER = "http://127.0.0.1:8402"


@app.command()
def check(
    folder: Folder, as_json: Annotated[bool, typer.Option("--json", help="JSON で出す / for programs")] = False
) -> None:
    """フォルダーの誤りをすべて挙げます。サーバーには接続しません / list all mistakes of a folder, without a server."""
    with _exits():
        declaration = _read(folder, as_json)
        if as_json:
            _print_json({"mistakes": []})
        else:
            found = f"団体 {len(declaration.organizations)}、職員 {len(declaration.people)} 人"
            Reporter(Console()).line(f"誤りはありません（{found}）/ no mistakes")


@app.command()
def plan(
    folder: Folder,
    homeserver: Homeserver = DEFAULT_HOMESERVER,
    token_file: TokenFile = None,
    full: Annotated[bool, typer.Option("--full", help="一人ずつ、項目ごとに出す / every person and field")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON で出す / for programs")] = False,
) -> None:
    """フォルダーとサーバーの違いを出します。何も変えません / print what `apply` would change."""
    with _exits():
        declaration = _read(folder, as_json)
        with _client(homeserver, token_file) as client:
            made = _plan(client, declaration)
        if as_json:
            _print_json(plan_to_json(made))
            return
        out = Reporter(Console())
        for line in plan_lines(made, declaration, full):
            out.line(line)


@app.command()
def apply(
    folder: Folder,
    homeserver: Homeserver = DEFAULT_HOMESERVER,
    token_file: TokenFile = None,
    first_passwords: Annotated[
        Path | None,
        typer.Option(
            help="新しいアカウントの最初のパスワードを書くファイル / where first passwords of new accounts go"
        ),
    ] = None,
    retire: Annotated[int, typer.Option(min=0, help="この人数までの退職を認める / let so many retire")] = 0,
    full: Annotated[bool, typer.Option("--full", help="一人ずつ、項目ごとに出す / every person and field")] = False,
) -> None:
    """サーバーをフォルダーの通りにします。何度でも実行できます / make the server as declared; may be repeated."""
    with _exits():
        declaration = _read(folder, as_json=False)
        out = Reporter(Console())
        with _client(homeserver, token_file) as client:
            made = _plan(client, declaration)
            for line in plan_lines(made, declaration, full):
                out.line(line)
            if made.nothing_to_change:
                make_rooms(client, made, tuple(declaration.organizations), _reporter())
                return
            retiring = made.count(Action.RETIRE)
            if made.needs_confirmation and retire < retiring:
                raise _MistakeError(
                    f"{made.present} 人のうち {retiring} 人が退職になるため、何も変えませんでした。"
                    f"正しければ --retire {retiring} を付けてください / "
                    f"{retiring} of {made.present} people would retire, so nothing was changed; "
                    f"if that is right, add --retire {retiring}"
                )
            with _passwords(first_passwords) as passwords:
                summary = apply_plan(client, made, tuple(declaration.organizations), passwords, _reporter())
        for line in summary_lines(summary):
            out.line(line)
        if first_passwords and summary.people.created:
            out.line(f"最初のパスワード / first passwords: {first_passwords}")


@app.command()
def activations(
    out: Annotated[Path, typer.Option(help="リンクを書く新しいファイル / the new file that the links go to")],
    page: Annotated[
        list[str],
        typer.Option(help="ページの URL。両方のネットワークなら 2 回 / the pages' address, twice for both networks"),
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(help="フォルダーの、パスワードのない人全員 / everybody of a folder without a password"),
    ] = None,
    staff: Annotated[
        list[str] | None, typer.Option(help="職員番号。何回でも / a staff number, as often as needed")
    ] = None,
    homeserver: Homeserver = DEFAULT_HOMESERVER,
    token_file: TokenFile = None,
) -> None:
    """最初のパスワードを本人が決めるリンクを作ります / make links by which people set their own first password."""
    with _exits():
        if bool(staff) == (folder is not None):
            raise _MistakeError("フォルダーか --staff のどちらかを指定してください / give either a folder or --staff")
        wanted = _people_of(folder) if folder else staff or []
        pages = [_page(address) for address in page]
        with _client(homeserver, token_file) as client, LinkFile(out, pages) as links:
            count = issue_links(client, links, wanted, only_without_password=not staff)
        Reporter(Console()).line(f"リンク {count} 件 / links: {out}")


class _MistakeError(Exception):
    """What the person who typed the command must put right."""


@contextmanager
def _exits() -> Iterator[None]:
    """Turns every error into one sentence and an exit code: the one place that does."""
    errors = _reporter()
    try:
        yield
    except (ServerUnreachableError, ServerRefusedError, NoProgressError) as error:
        errors.line(str(error))
        raise typer.Exit(SERVER_FAILED) from None
    except (_MistakeError, PasswordFileError, LinkFileError) as error:
        errors.line(str(error))
        raise typer.Exit(MISTAKEN) from None
    except KeyboardInterrupt:
        errors.line("中断しました。もう一度実行すると続きから進みます / interrupted, run it again to go on")
        raise typer.Exit(INTERRUPTED) from None


def _reporter() -> Reporter:
    return Reporter(Console(stderr=True))


def _print_json(data: object) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def _read(folder: Path, as_json: bool) -> Declaration:
    declaration, mistakes = read_folder(folder, _reporter().reading())
    if not mistakes:
        return declaration
    if as_json:
        _print_json(mistakes_to_json(mistakes))
    errors = _reporter()
    for mistake in mistakes if not as_json else ():
        errors.line(str(mistake))
    errors.line(
        f"誤りが {len(mistakes)} 件あります。何も変えていません / {len(mistakes)} mistakes, nothing was changed"
    )
    raise typer.Exit(MISTAKEN)


def _people_of(folder: Path) -> list[str]:
    """The staff numbers of a folder's people who have not retired."""
    return [person.localpart for person in _read(folder, as_json=False).people.values() if person.postings]


def _page(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise _MistakeError(f"{address} はページの URL ではありません / not the address of pages")
    return address.rstrip("/")


def _plan(client: ProvisioningClient, declaration: Declaration) -> Plan:
    current = fetch_current(client, tuple(declaration.organizations), _reporter())
    return make_plan(declaration, current, today())


def _client(homeserver: str, token_file: Path | None) -> ProvisioningClient:
    address = urlsplit(homeserver)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise _MistakeError(f"{homeserver} は http:// か https:// の URL ではありません / not an http(s) URL")
    if address.scheme == "http" and not _is_loopback(address.hostname):
        raise _MistakeError(
            f"{homeserver} へはトークンが暗号化されずに流れます。https:// にしてください / "
            "the token would travel in the clear, use https://"
        )
    return ProvisioningClient(homeserver, _token(token_file))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _token(token_file: Path | None) -> str:
    if token_file is None:
        token = os.environ.get(TOKEN_VARIABLE, "").strip()
    else:
        try:
            token = token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise _MistakeError(f"{token_file} を読めません / the token file cannot be read") from None
    if not token:
        raise _MistakeError(
            f"管理者のアクセストークンを --token-file か環境変数 {TOKEN_VARIABLE} で渡してください / "
            f"give a server administrator's token by --token-file or {TOKEN_VARIABLE}"
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise _MistakeError("アクセストークンに使えない文字があります / the token holds characters that none has")
    return token


@contextmanager
def _passwords(path: Path | None) -> Iterator[PasswordFile | None]:
    if path is None:
        yield None
        return
    with PasswordFile(path) as passwords:
        yield passwords


app.add_typer(devices_app(_exits, _client, DEFAULT_HOMESERVER), name="devices")


def main() -> None:
    """The entry point of the `kairan` command."""
    app()
