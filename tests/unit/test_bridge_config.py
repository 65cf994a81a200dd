"""The bridge's configuration file: what is accepted, and the line that says what is wrong."""

import json
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kairan_bridge.config import Listen
from kairan_bridge.config_file import ConfigError, read_config
from kairan_bridge.registration import registration
from ruamel.yaml import YAML

AS_TOKEN = "3f8a9c1d7e5b2460aa"
HS_TOKEN = "9b1c7d3e5f8a2046bb"
SECRET = "a8f5f167f44f4964e6c998dee827110c"


def good(folder: Path) -> dict[str, Any]:
    """The content of a file without mistakes."""
    return {
        "homeserver": {
            "server_name": "localhost:8403",
            "internal_url": "http://127.0.0.1:8402",
            "zones": {"lgwan": "http://127.0.0.1:8400", "internet": "http://127.0.0.1:8401/"},
        },
        "appservice": {
            "id": "kairan",
            "as_token": AS_TOKEN,
            "hs_token": HS_TOKEN,
            "bot": "kairan",
            "listen": "127.0.0.1:8404",
        },
        "web": {
            "lgwan": {"listen": "127.0.0.1:8405", "base_url": "http://127.0.0.1:8405/"},
            "internet": {"listen": "[::1]:8406", "base_url": "https://kairan.example/chat/"},
        },
        "database": f"sqlite:{folder}/bridge.db",
        "secret": SECRET,
    }


def changed(folder: Path, path: str, value: object) -> dict[str, Any]:
    """`good` with one key set; `...` removes it."""
    content = good(folder)
    *sections, key = path.split(".")
    section = content
    for name in sections:
        section = section[name]
    if value is ...:
        del section[key]
    else:
        section[key] = value
    return content


def write(folder: Path, content: object) -> Path:
    path = folder / "bridge.yaml"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def complaints(folder: Path, content: object) -> list[str]:
    """What is said of a file, without its name."""
    path = write(folder, content)
    with pytest.raises(ConfigError) as error:
        read_config(path)
    assert all("\n" not in line for line in error.value.lines)
    return [line.removeprefix(f"{path}: ") for line in error.value.lines]


def test_a_file_without_mistakes_is_read(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, good(tmp_path)))
    assert config.bot == "@kairan:localhost:8403"
    assert config.homeserver.zones["internet"] == "http://127.0.0.1:8401"
    assert config.web["internet"].listen == Listen("::1", 8406)
    assert str(config.web["internet"].listen) == "[::1]:8406"
    assert config.web["internet"].base_url == "https://kairan.example/chat/"


def test_one_face_alone_is_enough(tmp_path: Path) -> None:
    content = good(tmp_path)
    del content["web"]["lgwan"], content["homeserver"]["zones"]["lgwan"]
    assert list(read_config(write(tmp_path, content)).web) == ["internet"]


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("webs", {}, "webs: not recognised, try one of: homeserver, appservice, web, database, secret"),
        (
            "homeserver.url",
            "x",
            "homeserver.url: not recognised, try one of: server_name, internal_url, zones",
        ),
        ("homeserver.zones.lgwn", "http://a", "homeserver.zones.lgwn: not recognised, try one of: lgwan, internet"),
        ("homeserver.zones.5", "http://a", "homeserver.zones.5: not recognised, try one of: lgwan, internet"),
        ("web.wan", {"listen": "a:1", "base_url": "http://a/"}, "web.wan: not recognised, try one of: lgwan, internet"),
        ("web.lgwan.base", "x", "web.lgwan.base: not recognised, try one of: listen, base_url, x_forwarded"),
        ("web.lgwan.x_forwarded", "yes", "web.lgwan.x_forwarded: must be true or false"),
        ("appservice.listen", ..., "appservice.listen: is missing"),
        ("web.lgwan", 5, "web.lgwan: must be a mapping with the keys listen, base_url, x_forwarded"),
        ("web", {}, "web: must be a mapping with a key for each face: lgwan, internet"),
        ("appservice.id", 5, "appservice.id: must be a text (put it in quotes)"),
        ("appservice.bot", "Kairan", "appservice.bot: 'Kairan' is not a localpart"),
        ("homeserver.server_name", "https://x", "homeserver.server_name: 'https://x' is not a server name"),
        ("homeserver.internal_url", "127.0.0.1:84", "homeserver.internal_url: '127.0.0.1:84' is not a URL"),
        ("web.lgwan.base_url", "http://a", "web.lgwan.base_url: 'http://a' must end with '/'"),
        ("web.lgwan.listen", "127.0.0.1", "web.lgwan.listen: '127.0.0.1' is not an address with a port"),
        ("web.lgwan.listen", "127.0.0.1:70000", "web.lgwan.listen: '127.0.0.1:70000' is not an address"),
        ("web.lgwan.listen", "::1:8405", "web.lgwan.listen: '::1:8405': write an IPv6 address in brackets"),
        ("web.lgwan.listen", "127.0.0.1:8404", "web.lgwan.listen: is the address of appservice.listen already"),
        ("database", "mysql://x", "database: is not a database such as sqlite:"),
        ("database", "sqlite:/nowhere/at/all/bridge.db", "database: /nowhere/at/all/bridge.db cannot be"),
        ("appservice.hs_token", AS_TOKEN, "appservice.hs_token: must differ from as_token"),
        ("secret", AS_TOKEN, "secret: is too easy to guess, at least 32 random characters are needed"),
    ],
)
def test_a_mistake_is_one_line_with_the_path_of_its_key(tmp_path: Path, path: str, value: object, line: str) -> None:
    (said,) = complaints(tmp_path, changed(tmp_path, path, value))
    assert said.startswith(line)


def test_a_face_without_its_counterpart_is_named(tmp_path: Path) -> None:
    assert complaints(tmp_path, changed(tmp_path, "homeserver.zones.lgwan", ...)) == [
        "web.lgwan: has no counterpart homeserver.zones.lgwan"
    ]


@pytest.mark.parametrize("path", ["appservice.as_token", "appservice.hs_token", "secret"])
@pytest.mark.parametrize(
    "value",
    [
        "CHANGE ME",
        "changeme-changeme-changeme-changeme",
        "<a long random text of 40 characters>",
        "short",
        "a" * 40,
        "… " * 20,
    ],
)
def test_a_sample_or_guessable_secret_is_refused_and_not_repeated(tmp_path: Path, path: str, value: str) -> None:
    (line,) = complaints(tmp_path, changed(tmp_path, path, value))
    assert line.startswith(f"{path}: is ")
    assert value not in line


def test_a_sealing_secret_has_at_least_32_characters(tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, changed(tmp_path, "secret", SECRET[:31]))
    assert line == "secret: is too easy to guess, at least 32 random characters are needed"


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    content = changed(tmp_path, "appservice.bot", "")
    content["extra"] = 1
    content["web"]["internet"]["listen"] = "x"
    assert {line.partition(":")[0] for line in complaints(tmp_path, content)} == {
        "appservice.bot",
        "extra",
        "web.internet.listen",
    }


@pytest.mark.parametrize("content", ["", "5", "- a", "null"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, content: str) -> None:
    assert complaints(tmp_path, content) == [
        "must be a mapping with the keys homeserver, appservice, web, database, secret"
    ]


def test_broken_yaml_is_told_by_its_place_without_its_text(tmp_path: Path) -> None:
    path = write(tmp_path, f"secret: {SECRET}\nsecret: {SECRET}\n")
    with pytest.raises(ConfigError) as error:
        read_config(path)
    assert error.value.lines == [f"{path}, line 2, column 1: is not YAML (DuplicateKey)"]


def test_no_secret_shows_in_what_is_printed_of_a_configuration(tmp_path: Path) -> None:
    content = changed(tmp_path, "database", "postgres://kairan:geheimnis@db/kairan")
    shown = repr(read_config(write(tmp_path, content)))
    assert not any(secret in shown for secret in (AS_TOKEN, HS_TOKEN, SECRET, "geheimnis"))


def test_the_registration_claims_the_bots_own_names_only(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, changed(tmp_path, "homeserver.server_name", "chat.osaka.example")))
    content: Any = registration(config)
    assert content["namespaces"] == {
        "users": [{"exclusive": True, "regex": r"@kairan(_.*)?:chat\.osaka\.example"}],
        "aliases": [],
        "rooms": [],
    }
    assert (content["url"], content["rate_limited"]) == ("http://127.0.0.1:8404", False)


def test_a_listener_on_all_addresses_is_registered_by_one_that_can_be_called(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, changed(tmp_path, "appservice.listen", "0.0.0.0:8404")))
    assert registration(config)["url"] == "http://127.0.0.1:8404"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kairan_bridge", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_command_prints_the_registration(tmp_path: Path) -> None:
    path = write(tmp_path, good(tmp_path))
    done = run("registration", "--config", path)
    assert done.returncode == 0
    assert YAML(typ="safe").load(done.stdout) == registration(read_config(path))


def test_the_command_says_what_is_wrong_in_a_line_and_ends_with_2(tmp_path: Path) -> None:
    done = run("--config", write(tmp_path, changed(tmp_path, "secret", ...)))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"kairan_bridge: {tmp_path}/bridge.yaml: secret: is missing\n"
    done = run("--config", tmp_path / "missing.yaml")
    assert done.returncode == 2
    assert done.stderr == f"kairan_bridge: {tmp_path}/missing.yaml: cannot be read: No such file or directory\n"


def test_a_taken_port_is_a_line_and_ends_with_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("--config", write(tmp_path, changed(tmp_path, "appservice.listen", listen)))
    assert done.returncode == 2
    assert done.stderr == (
        f"kairan_bridge: {tmp_path}/bridge.yaml: appservice.listen: {listen} cannot be used: "
        "another program has taken it\n"
    )


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("CREATE TABLE version (version INTEGER); INSERT INTO version VALUES (999)", "version v999"),
        ("CREATE TABLE database_owner (key INTEGER, owner TEXT); INSERT INTO database_owner VALUES (0, 'x')", "owned"),
        (None, "cannot be opened"),
    ],
    ids=["newer", "of another program", "no database"],
)
def test_a_database_that_cannot_be_used_is_a_line_and_ends_with_2(
    tmp_path: Path, spoil: str | None, words: str
) -> None:
    if spoil is None:
        (tmp_path / "bridge.db").write_bytes(b"this is no database, it is a text" * 100)
    else:
        with sqlite3.connect(tmp_path / "bridge.db") as database:
            database.executescript(spoil)
    done = run("--config", write(tmp_path, good(tmp_path)))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"kairan_bridge: {tmp_path}/bridge.yaml: database: ")
    assert words in line


def test_a_postgres_that_does_not_answer_is_a_line_without_the_password(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    url = f"postgres://kairan:geheimnis@127.0.0.1:{port}/kairan"
    done = run("--config", write(tmp_path, changed(tmp_path, "database", url)))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "database: cannot be opened" in line
    assert "geheimnis" not in line


def test_the_documented_example_lacks_nothing_but_secrets_and_a_folder(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/bridge.md").read_text("utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0].replace("/var/lib/kairan", str(tmp_path))
    assert [line.partition(":")[0] for line in complaints(tmp_path, example)] == [
        "appservice.as_token",
        "appservice.hs_token",
        "secret",
    ]
    for number in range(3):
        example = example.replace("CHANGE ME", f"{number}{SECRET}", 1)
    assert read_config(write(tmp_path, example)).bot == "@kairan:chat.pref.osaka.example"
