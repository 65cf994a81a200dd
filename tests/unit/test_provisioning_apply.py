"""`kairan plan` and `kairan apply` against a server in memory that keeps to docs/rest.md, and may die."""

import csv
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from kairan_provisioning import cli
from kairan_provisioning.cli import app
from kairan_provisioning.client import ProvisioningClient, ServerRefusedError, ServerUnreachableError
from kairan_provisioning.report import NOTHING
from typer.testing import CliRunner

from tests.unit.provisioning_server import SERVER_NAME, TOKEN, MemoryServer, serving

PEOPLE = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two cities, one with two sections and sixty people, one of whom works in both."""
    path = tmp_path / "declared"
    path.mkdir()
    (path / "organizations.csv").write_text("団体コード,公開先\n272060,府内\n273414,府内\n")
    (path / "sections.csv").write_text(
        "団体コード,課コード,課名,上位課コード\n272060,10,総務部,\n272060,11,危機管理課,10\n"
    )
    write_staff(path, range(PEOPLE))
    return path


def write_staff(path: Path, numbers: range, section: str = "11") -> None:
    """These staff numbers, the first of them in both cities."""
    lines = [f"{n},山田 {n}郎,272060,{section}\n" for n in numbers]
    both = f"{numbers[0]},山田 {numbers[0]}郎,273414,\n" if numbers else ""
    (path / "staff.csv").write_text("職員番号,氏名,団体コード,課コード\n" + "".join(lines) + both)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command waits hundredths of a second before it tries again."""
    monkeypatch.setattr(cli, "ProvisioningClient", partial(ProvisioningClient, pauses_s=(0.01, 0.02)))


@pytest.fixture
def server() -> MemoryServer:
    """A server that has nothing yet."""
    return MemoryServer()


@pytest.fixture
def url(server: MemoryServer) -> Iterator[str]:
    """Where it answers."""
    with serving(server) as base:
        yield base


class Ran:
    """What a run of the command left."""

    def __init__(self, *arguments: str | Path, token: str = TOKEN) -> None:
        result = CliRunner().invoke(app, [str(a) for a in arguments], env={"KAIRAN_TOKEN": token})
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr
        assert result.exception is None or isinstance(result.exception, SystemExit)


def assert_complete(server: MemoryServer, people: int = PEOPLE) -> None:
    """Everybody is there once, and so is every room and membership."""
    assert len(server.accounts) == len(set(server.accounts)) == people
    assert len(server.rooms) == len(set(server.rooms)) == 5 - 1
    # Space and section for each, and the other city's Space for the one who works there.
    assert len(server.joined) == len(set(server.joined)) == 2 * people + 1
    assert server.display_name("1") == "山田 1郎（泉大津市 危機管理課）"


def test_apply_makes_everything_and_a_second_time_nothing(folder: Path, server: MemoryServer, url: str) -> None:
    planned = Ran("plan", folder, "--homeserver", url)
    assert planned.code == 0
    assert "272060 泉大津市: 新しい団体 new、課 sections +2、職員 people +60、" in planned.out
    assert server.changes == []
    applied = Ran("apply", folder, "--homeserver", url)
    assert (applied.code, server.changes[:2]) == (0, ["PUT organizations", "PUT people"])
    assert "追加 created 60" in applied.out
    assert "作成 made 4、参加 joins 121" in applied.out
    assert_complete(server)
    server.changes.clear()
    again = Ran("apply", folder, "--homeserver", url)
    assert (again.code, again.out.strip()) == (0, NOTHING)
    assert Ran("plan", folder, "--homeserver", url).out.strip() == NOTHING
    # Asked for each organisation again, in case a run was cut short before a room's name followed.
    assert server.changes == ["POST rooms"] * 2


def test_the_planned_rooms_are_what_apply_does(folder: Path, server: MemoryServer, url: str) -> None:
    plan = json.loads(Ran("plan", folder, "--homeserver", url, "--json").out)
    assert plan["rooms"]["272060"] == {"rooms": 3, "joins": 120, "leaves": 0}
    assert plan["rooms"]["273414"] == {"rooms": 1, "joins": 1, "leaves": 0}
    Ran("apply", folder, "--homeserver", url)
    write_staff(folder, range(1, PEOPLE), section="10")
    plan = json.loads(Ran("plan", folder, "--homeserver", url, "--json").out)
    before = len(server.joined)
    applied = Ran("apply", folder, "--homeserver", url)
    rooms = plan["rooms"]
    assert f"参加 joins {sum(r['joins'] for r in rooms.values())}" in applied.out
    assert len(server.joined) == before + sum(r["joins"] - r["leaves"] for r in rooms.values())


@pytest.mark.parametrize("before_doing", [True, False])
@pytest.mark.parametrize("dies_after", [1, 2, 3, 5, 9, 20])
def test_a_server_that_dies_in_the_middle_is_completed_by_the_next_run(
    folder: Path, server: MemoryServer, tmp_path: Path, dies_after: int, before_doing: bool
) -> None:
    passwords = tmp_path / "first.csv"
    server.dies_after, server.dies_before_doing = dies_after, before_doing
    with serving(server) as url:
        died = Ran("apply", folder, "--homeserver", url, "--first-passwords", passwords)
    if len(server.changes) > dies_after:
        pytest.fail("it went on after its death")
    assert died.code == 1
    assert died.err.count("\n") >= 1
    assert "接続" in died.err.splitlines()[-1]
    server.dies_after = None
    with serving(server) as url:
        assert Ran("apply", folder, "--homeserver", url, "--first-passwords", passwords).code == 0
        assert Ran("plan", folder, "--homeserver", url).out.strip() == NOTHING
    assert_complete(server)
    rows = list(csv.reader(passwords.read_text(encoding="utf-8-sig").splitlines()))[1:]
    assert {user_id: password for user_id, _, password in rows} == {
        f"@{number}:{SERVER_NAME}": password for number, password in server.passwords.items()
    }
    assert len(rows) == PEOPLE


def test_without_the_option_accounts_get_no_password(folder: Path, server: MemoryServer, url: str) -> None:
    Ran("apply", folder, "--homeserver", url)
    assert server.passwords == {}
    assert len(server.accounts) == PEOPLE


def test_a_first_password_is_never_printed_or_logged(
    folder: Path, server: MemoryServer, url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    passwords = tmp_path / "first.csv"
    refusing = (400, {"errcode": "JP.KAIRAN.BAD_DECLARATION", "error": "誤り / mistake"})
    said = ""
    server.dies_after = 1
    for _ in range(2):
        ran = Ran("apply", folder, "--homeserver", url, "--first-passwords", passwords, "--full")
        said += ran.out + ran.err
        server.dies_after = None
    server.answers = [refusing]
    ran = Ran("apply", folder, "--homeserver", url, "--first-passwords", passwords, "--full")
    said += ran.out + ran.err + caplog.text
    assert len(server.passwords) == PEOPLE
    assert "/provision/people" in caplog.text
    assert not [password for password in server.passwords.values() if password in said]
    assert TOKEN not in said


def test_sections_that_go_wait_until_their_people_have_moved(folder: Path, server: MemoryServer, url: str) -> None:
    Ran("apply", folder, "--homeserver", url)
    (folder / "sections.csv").write_text("団体コード,課コード,課名\n272060,10,総務部\n")
    write_staff(folder, range(PEOPLE), section="10")
    server.changes.clear()
    assert Ran("apply", folder, "--homeserver", url).code == 0
    assert server.changes[:3] == ["PUT organizations", "PUT people", "PUT organizations"]
    city = next(iter(server.organizations.values()))
    assert list(city.sections) == ["10"]
    assert Ran("plan", folder, "--homeserver", url).out.strip() == NOTHING


def test_a_forgotten_file_retires_nobody_unless_the_number_is_named(
    folder: Path, server: MemoryServer, url: str
) -> None:
    Ran("apply", folder, "--homeserver", url)
    server.changes.clear()
    write_staff(folder, range(20))
    refused = Ran("apply", folder, "--homeserver", url)
    assert (refused.code, server.changes) == (2, [])
    assert "--retire 40" in refused.err
    assert Ran("apply", folder, "--homeserver", url, "--retire", "39").code == 2
    planned = Ran("plan", folder, "--homeserver", url)
    assert (planned.code, "apply には --retire 40 が要ります" in planned.out) == (0, True)
    assert Ran("apply", folder, "--homeserver", url, "--retire", "40").code == 0
    assert sum(bool(person.postings) for person in server.people.values()) == 20
    assert Ran("plan", folder, "--homeserver", url).out.strip() == NOTHING


def test_whoever_comes_back_is_no_new_person_and_gets_no_first_password(
    folder: Path, server: MemoryServer, url: str, tmp_path: Path
) -> None:
    passwords = tmp_path / "first.csv"
    arguments = ("apply", folder, "--homeserver", url, "--first-passwords", passwords)
    write_staff(folder, range(1, PEOPLE))
    Ran(*arguments)
    write_staff(folder, range(1, PEOPLE - 1))
    assert "うち退職 retired 1、" in Ran(*arguments).out
    issued = passwords.read_bytes()
    write_staff(folder, range(PEOPLE))
    planned = Ran("plan", folder, "--homeserver", url, "--full").out
    assert "~ 59 山田 59郎 所属 （なし） → 272060 11" in planned
    assert "停止 true → false" in planned
    back = Ran(*arguments)
    assert "追加 created 1、" in back.out
    added = passwords.read_bytes().removeprefix(issued).decode().splitlines()
    assert [line.partition(",")[0] for line in added] == [f"@0:{SERVER_NAME}"]
    assert Ran("plan", folder, "--homeserver", url).out.strip() == NOTHING


def test_a_folder_with_mistakes_changes_nothing_and_asks_no_server(folder: Path, tmp_path: Path) -> None:
    (folder / "staff.csv").write_text("職員番号,氏名,団体コード\n1,山田 太郎,272061\n2,,272060\n")
    nobody = "http://127.0.0.1:1"
    ran = Ran("apply", folder, "--homeserver", nobody)
    assert ran.code == 2
    lines = ran.err.splitlines()
    assert lines[0].startswith(f"{folder}/staff.csv:2:9: 団体コード：検査数字が違います。272060 が正しい番号です / ")
    assert lines[0].endswith(" (272061)")
    assert lines[1].startswith(f"{folder}/staff.csv:3:3: 氏名：空欄です / ")
    assert lines[2].startswith("誤りが 2 件あります")
    as_json = Ran("plan", folder, "--homeserver", nobody, "--json")
    assert as_json.code == 2
    assert [(m["line"], m["column"], m["value"]) for m in json.loads(as_json.out)["mistakes"]] == [
        (2, 9, "272061"),
        (3, 3, ""),
    ]
    assert Ran("check", folder).code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--homeserver", "http://127.0.0.1:1"), 1, "接続できません"),
        (("--homeserver", "127.0.0.1:8402"), 2, "URL ではありません"),
        (("--homeserver", "http://chat.example.jp"), 2, "暗号化されずに"),
        (("--token-file", "/nowhere"), 2, "/nowhere を読めません"),
    ],
)
def test_what_is_wrong_with_the_command_line_is_one_sentence(
    folder: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ran = Ran("plan", folder, *arguments)
    assert (ran.code, len(ran.err.splitlines())) == (code, 1)
    assert words in ran.err


def test_the_token_is_needed_and_a_wrong_one_is_refused_with_its_code(folder: Path, url: str, tmp_path: Path) -> None:
    missing = Ran("plan", folder, "--homeserver", url, token="")
    assert (missing.code, "--token-file" in missing.err) == (2, True)
    wrong = Ran("plan", folder, "--homeserver", url, token="wrong")
    assert (wrong.code, "M_UNKNOWN_TOKEN: Unrecognised access token" in wrong.err) == (1, True)
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert Ran("plan", folder, "--homeserver", url, "--token-file", file, token="").code == 0


def test_a_refusal_shows_the_servers_sentence(folder: Path, server: MemoryServer, url: str) -> None:
    server.answers = [(403, {"errcode": "JP.KAIRAN.NOT_OPERATOR", "error": "運用者だけ / operators only"})]
    ran = Ran("apply", folder, "--homeserver", url)
    assert (ran.code, ran.err.splitlines()[-1]) == (
        1,
        "HTTP 403 JP.KAIRAN.NOT_OPERATOR: 運用者だけ / operators only",
    )


def test_temporary_failures_are_tried_again_and_lasting_ones_are_not(server: MemoryServer, url: str) -> None:
    waits: list[float] = []
    busy = (503, {"errcode": "M_UNKNOWN", "error": "busy"})
    limited = (429, {"errcode": "M_LIMIT_EXCEEDED", "error": "slow down"})
    with ProvisioningClient(url, TOKEN, sleep=waits.append) as client:
        server.answers = [busy, limited]
        assert client.organizations() == {}
        assert waits == [0.5, 1.0]
        server.answers = [busy] * 4
        with pytest.raises(ServerRefusedError, match="503 M_UNKNOWN: busy"):
            client.organizations()
        server.answers = [(404, {"error": "no"})]
        with pytest.raises(ServerRefusedError, match="URL を確かめてください"):
            client.organizations()
        server.answers = [(200, {"something": "else"})]
        with pytest.raises(ServerUnreachableError, match="答えを読めません"):
            client.organizations()


def test_a_server_that_makes_no_rooms_is_given_up(folder: Path, server: MemoryServer, url: str) -> None:
    server.makes_rooms = False
    ran = Ran("apply", folder, "--homeserver", url)
    assert (ran.code, server.changes) == (1, ["PUT organizations", "PUT people", *["POST rooms"] * 3])
    assert "272060 のルームが 123 件残ったまま進みません" in ran.err


def test_interrupting_says_that_a_rerun_goes_on(folder: Path, server: MemoryServer, url: str) -> None:
    server.holds.set()
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from kairan_provisioning.cli import main; main()",
            "apply",
            folder,
            "--homeserver",
            url,
        ],
        env={**os.environ, "KAIRAN_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background of a script, SIGINT is ignored, and so it would be by the command.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert server.held.wait(60)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    server.holds.clear()
    server.goes_on.set()
    assert process.returncode == 130
    assert errors.splitlines()[-1].startswith("中断しました。もう一度実行すると続きから進みます")
    assert Ran("apply", folder, "--homeserver", url).code == 0
    assert_complete(server)


def test_killed_at_any_moment_the_next_run_completes_with_the_passwords_of_the_first(
    folder: Path, server: MemoryServer, url: str, tmp_path: Path
) -> None:
    passwords = tmp_path / "first.csv"
    arguments = ["apply", str(folder), "--homeserver", url, "--first-passwords", str(passwords)]
    killed = 0
    for after in (0, 1, 2, 4, 8):
        server.goes_on.clear()
        server.held.clear()
        server.holds.clear()
        target = len(server.changes) + after
        process = subprocess.Popen(
            [sys.executable, "-c", "from kairan_provisioning.cli import main; main()", *arguments],
            env={**os.environ, "KAIRAN_TOKEN": TOKEN},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and len(server.changes) < target:
            time.sleep(0.001)
        server.holds.set()
        while process.poll() is None and not server.held.is_set():
            time.sleep(0.001)
        killed += process.poll() is None
        process.kill()
        process.wait(10)
        server.goes_on.set()
    server.holds.clear()
    assert killed >= 3
    assert Ran(*arguments).code == 0
    assert_complete(server)
    rows = list(csv.reader(passwords.read_text(encoding="utf-8-sig").splitlines()))[1:]
    assert sorted(password for _, _, password in rows) == sorted(server.passwords.values())
