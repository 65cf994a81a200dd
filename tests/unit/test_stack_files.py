"""Files of a home: private, whole, and refused in one line where they are broken."""

import stat
from pathlib import Path

import pytest
from kairan_provisioning.stack import files, secrets
from kairan_provisioning.stack.errors import StackError
from kairan_provisioning.stack.home import Home, prepare
from kairan_provisioning.stack.layout import Stack


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    first = secrets.load(tmp_path)
    assert secrets.load(tmp_path) == first
    (other := tmp_path / "other").mkdir()
    assert secrets.load(other) != first


def test_what_holds_secrets_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    server = Stack(tmp_path, 8400).servers[0]
    prepare(server)
    for name in ("secrets.yaml", "homeserver.yaml", "bridge.yaml", "registration.yaml", "signing.key", "tls.key"):
        assert stat.S_IMODE((server.home / name).stat().st_mode) == 0o600, name


def test_preparing_again_keeps_keys_and_own_settings(tmp_path: Path) -> None:
    server = Stack(tmp_path, 8400).servers[0]
    prepare(server)
    (server.home / "local.yaml").write_text("max_upload_size: 1M\n")
    kept = ("signing.key", "tls.crt", "tls.key", "secrets.yaml", "local.yaml")
    before = [(server.home / name).read_bytes() for name in kept]
    prepare(server)
    assert [(server.home / name).read_bytes() for name in kept] == before


@pytest.mark.parametrize("name", ["local.yaml", "homeserver.yaml", "secrets.yaml", "bridge.yaml"])
def test_a_broken_yaml_file_is_named_with_its_line(tmp_path: Path, name: str) -> None:
    server = Stack(tmp_path, 8400).servers[0]
    prepare(server)
    (server.home / name).write_text("fine: 1\nbroken: [1, 2\n")
    with pytest.raises(StackError) as refused:
        prepare(server)
    assert refused.value.exit_code == 2
    assert f"{name}:" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_list_where_settings_belong_is_refused(tmp_path: Path) -> None:
    (tmp_path / "local.yaml").write_text("- 1\n")
    with pytest.raises(StackError, match="does not hold settings"):
        files.read_mapping(tmp_path / "local.yaml")


def test_a_home_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match="KAIRAN_HOME"), Home(Stack(tmp_path / "file" / "home", 8400)):
        pass


def test_a_home_is_held_by_one_stack_at_a_time(tmp_path: Path) -> None:
    with Home(Stack(tmp_path, 8400)), pytest.raises(StackError, match="another stack"), Home(Stack(tmp_path, 8400)):
        pass
    with Home(Stack(tmp_path, 8400)):
        pass


def test_a_home_stays_with_its_port(tmp_path: Path) -> None:
    with Home(Stack(tmp_path, 8400)):
        pass
    with pytest.raises(StackError, match="KAIRAN_PORT=8400"), Home(Stack(tmp_path, 8600)):
        pass
