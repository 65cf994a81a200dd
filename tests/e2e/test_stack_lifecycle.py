"""Starting, stopping, breaking and restarting a stack, with a small body on each side so that it is quick."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.running import KAIRAN, RunningStack, free_block, pid_of, poll, processes_of, refusal

SMALL = Path(__file__).with_name("small")


def _start(home: Path, port: int) -> RunningStack:
    return RunningStack(home, port, "--declared", str(SMALL))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A running small stack that the tests here share, and may wound."""
    with _start(tmp_path_factory.mktemp("small") / "home", free_block()) as running:
        yield running.wait_until_ready()


def _healthy(url: str) -> bool | None:
    try:
        return httpx.get(f"{url}/health", trust_env=False).status_code == httpx.codes.OK or None
    except httpx.HTTPError:
        return None


def _sign_in(base: str, user_id: str, password: str) -> str:
    answer = httpx.post(
        f"{base}/_matrix/client/v3/login",
        json={
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user_id},
            "password": password,
        },
        trust_env=False,
    )
    assert answer.status_code == httpx.codes.OK, answer.text
    return str(answer.json()["access_token"])


def test_every_part_answers_when_the_ready_line_comes(small: RunningStack) -> None:
    for server in small.servers.values():
        for url in (server.lgwan, server.internet, server.internal, *server.web.values()):
            assert _healthy(url), url


def test_a_second_stack_in_one_home_is_refused(small: RunningStack) -> None:
    code, lines = refusal(small.home, free_block())
    assert code == 2
    assert len(lines) == 1
    assert "another stack" in lines[0]


def test_a_taken_port_is_one_line_and_exit_2(small: RunningStack, tmp_path: Path) -> None:
    code, lines = refusal(tmp_path / "other", small.port)
    assert code == 2
    assert len(lines) == 1
    assert str(small.port) in lines[0]
    assert processes_of(tmp_path / "other") == {}


def test_one_taken_port_within_the_block_is_named(tmp_path: Path) -> None:
    first = free_block()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first + 14))
        taken.listen()
        code, lines = refusal(tmp_path / "home", first)
    assert code == 2
    assert len(lines) == 1
    assert str(first + 14) in lines[0]


def test_a_port_that_is_no_number_is_one_line_and_exit_2(tmp_path: Path) -> None:
    code, lines = refusal(tmp_path / "home", "http")
    assert code == 2
    assert len(lines) == 1
    assert "KAIRAN_PORT" in lines[0]


def test_a_home_that_cannot_be_made_is_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    code, lines = refusal(tmp_path / "file" / "home", free_block())
    assert code == 2
    assert len(lines) == 1
    assert "KAIRAN_HOME" in lines[0]


def test_declared_files_with_mistakes_are_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "declared").mkdir()
    code, lines = refusal(tmp_path / "home", free_block(), "--declared", str(tmp_path / "declared"))
    assert code == 2
    assert len(lines) == 1
    assert processes_of(tmp_path / "home") == {}


@pytest.mark.parametrize("part", ["synapse.app.homeserver", "kairan_bridge"])
def test_a_killed_part_comes_back_and_the_terminal_tells(small: RunningStack, part: str) -> None:
    server = small.servers["tokyo"]
    url = server.internet if part == "synapse.app.homeserver" else server.web["lgwan"]
    killed = pid_of(small.home, part, "/tokyo/")
    os.kill(killed, signal.SIGKILL)
    name = "tokyo/homeserver" if part == "synapse.app.homeserver" else "tokyo/bridge"
    small.wait_for_line(lambda line: f"{name} ended (SIGKILL)" in line)
    poll(lambda: _healthy(url), f"{url} after the killing")
    assert pid_of(small.home, part, "/tokyo/") != killed
    # The other prefecture did not notice.
    assert _healthy(small.servers["osaka"].internet)


def test_killing_the_command_leaves_nothing_and_the_home_starts_again(small: RunningStack, tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_block()
    with _start(home, port) as first:
        first.wait_until_ready()
        before = first.content
        person = first.account("osaka", "272060")
        token = _sign_in(first.servers["osaka"].lgwan, person.user_id, person.password)
        os.kill(first.pid, signal.SIGKILL)
        poll(lambda: True if not processes_of(home) else None, "the parts to be gone", 20)
    with _start(home, port) as second:
        second.wait_until_ready()
        # The same accounts with the same passwords, and sessions that go on.
        assert second.content == before
        answer = httpx.get(
            f"{second.servers['osaka'].lgwan}/_matrix/client/v3/account/whoami",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        )
        assert answer.json()["user_id"] == person.user_id
        assert second.stop(signal.SIGTERM) == 0
        assert processes_of(home) == {}
    # The stack beside it noticed nothing of all this.
    assert all(_healthy(server.internet) for server in small.servers.values())


def test_a_signal_during_the_start_stops_all_of_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with _start(home, free_block()) as starting:
        poll(lambda: _part_runs(home), "the first part")
        assert starting.stop(signal.SIGINT) == 0
        assert processes_of(home) == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_that_reaches_only_make_stops_all_of_it(tmp_path: Path, number: signal.Signals) -> None:
    """`make run` and a script that knows no more than the process id of make."""
    home = tmp_path / "home"
    (tmp_path / "Makefile").write_text(f"run:\n\t@{KAIRAN} stack up --declared {SMALL}\n")
    make = subprocess.Popen(
        ["make", "-C", tmp_path, "run"],
        env={**os.environ, "KAIRAN_HOME": str(home), "KAIRAN_PORT": str(free_block())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Where the tests run in the background of a script, SIGINT is ignored, and so it would be by make.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    poll(lambda: _part_runs(home), "the first part")
    make.send_signal(number)
    make.wait(30)
    poll(lambda: True if not processes_of(home) else None, "the parts to be gone", 20)


def _part_runs(home: Path) -> bool | None:
    return any("synapse.app.homeserver" in command for command in processes_of(home).values()) or None


def test_a_broken_file_in_the_home_is_named_with_exit_2(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_block()
    (home / "osaka").mkdir(parents=True)
    (home / "osaka" / "local.yaml").write_text("max_upload_size: [1M\n")
    code, lines = refusal(home, port)
    assert code == 2
    assert len(lines) == 1
    assert "osaka/local.yaml" in lines[0]


def test_a_setting_that_synapse_refuses_ends_the_start_with_its_words(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_block()
    (home / "osaka").mkdir(parents=True)
    (home / "osaka" / "local.yaml").write_text("max_upload_size: much\n")
    code, lines = refusal(home, port, "--declared", str(SMALL))
    assert code == 1
    assert "osaka/homeserver" in lines[-1]
    assert processes_of(home) == {}
