"""The file of first passwords: private, complete, and never ahead of or behind the server."""

import csv
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kairan_provisioning.passwords import ALPHABET, LENGTH, PasswordFile, PasswordFileError


def lines_of(path: Path) -> list[list[str]]:
    """The lines below the header."""
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))[1:]


def test_a_new_file_is_readable_by_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "first.csv"
    before = os.umask(0)
    try:
        with PasswordFile(path) as passwords:
            issued = passwords.issue([("@1:a", "山田 太郎")])
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert lines_of(path) == [["@1:a", "山田 太郎", issued["@1:a"]]]


def test_passwords_are_long_random_and_easy_to_copy_from_paper(tmp_path: Path) -> None:
    with PasswordFile(tmp_path / "first.csv") as passwords:
        issued = passwords.issue([(f"@{n}:a", "") for n in range(500)])
    assert len(set(issued.values())) == 500
    assert {len(password) for password in issued.values()} == {LENGTH} == {16}
    assert set("".join(issued.values())) <= set(ALPHABET)
    assert not set("0O1lIo") & set(ALPHABET)


def test_a_second_run_uses_what_the_first_wrote(tmp_path: Path) -> None:
    path = tmp_path / "first.csv"
    with PasswordFile(path) as passwords:
        first = passwords.issue([("@1:a", "甲"), ("@2:a", "乙")])
    with PasswordFile(path) as passwords:
        second = passwords.issue([("@2:a", "乙"), ("@3:a", "丙")])
    assert second["@2:a"] == first["@2:a"]
    assert [line[0] for line in lines_of(path)] == ["@1:a", "@2:a", "@3:a"]


def test_a_line_torn_by_a_kill_is_dropped_and_its_account_gets_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "first.csv"
    with PasswordFile(path) as passwords:
        passwords.issue([("@1:a", "甲")])
    whole = path.read_bytes()
    path.write_bytes(whole + "@2:a,乙,abc".encode())
    with PasswordFile(path) as passwords:
        assert len(passwords.issue([("@2:a", "乙")])["@2:a"]) == LENGTH
    assert path.read_bytes().startswith(whole)
    assert len(lines_of(path)) == 2


def test_a_file_that_a_kill_left_empty_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "first.csv"
    path.touch(mode=0o600)
    with PasswordFile(path) as passwords:
        passwords.issue([("@1:a", "甲")])
    assert len(lines_of(path)) == 1


def test_files_that_are_not_safe_are_refused(tmp_path: Path) -> None:
    shared = tmp_path / "shared.csv"
    shared.touch(mode=0o600)
    shared.chmod(0o640)
    target = tmp_path / "target.csv"
    target.touch(mode=0o600)
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    twice = tmp_path / "twice.csv"
    twice.hardlink_to(target)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    other = tmp_path / "other.csv"
    other.write_text("職員番号,氏名\n1,秘密\n")
    other.chmod(0o600)
    for path in (shared, link, twice, pipe, other, tmp_path / "no" / "folder.csv", tmp_path):
        with pytest.raises(PasswordFileError) as refused:
            PasswordFile(path)
        assert path.name in str(refused.value)
        assert "秘密" not in str(refused.value)
    assert other.read_text() == "職員番号,氏名\n1,秘密\n"


def test_two_runs_cannot_use_one_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "first.csv"
    with PasswordFile(path), pytest.raises(PasswordFileError, match="別の kairan"):
        PasswordFile(path)
    with PasswordFile(path):
        pass


def test_a_name_that_a_spreadsheet_would_run_is_text(tmp_path: Path) -> None:
    path = tmp_path / "first.csv"
    with PasswordFile(path) as passwords:
        passwords.issue([("@1:a", "=HYPERLINK(1)")])
    assert lines_of(path)[0][1] == "'=HYPERLINK(1)"


ISSUING = """
import sys
from pathlib import Path
from kairan_provisioning.passwords import PasswordFile
with PasswordFile(Path(sys.argv[1])) as passwords:
    for batch in range(100000):
        people = [(f"@{batch}-{n}:a", "山田 太郎") for n in range(50)]
        for user_id, password in passwords.issue(people).items():
            print(user_id, password, flush=False)
        sys.stdout.flush()
"""


@pytest.mark.parametrize("patience", [1, 200, 4000])
def test_killed_at_any_moment_every_password_that_was_used_is_in_the_file(tmp_path: Path, patience: int) -> None:
    path = tmp_path / "first.csv"
    # What the process prints stands for the request that it would send.
    sent = tmp_path / "sent"
    with sent.open("w") as output:
        process = subprocess.Popen([sys.executable, "-c", ISSUING, str(path)], stdout=output)
    end = time.monotonic() + 60
    while sent.stat().st_size < patience and time.monotonic() < end:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    used = dict(line.split() for line in sent.read_text().splitlines() if len(line.split()) == 2)
    # The last line may itself be torn off by the kill.
    used.popitem()
    assert used
    with PasswordFile(path) as passwords:
        assert passwords.issue([(user_id, "") for user_id in used]) == used
