"""The production example of the homeserver's configuration, read by Synapse itself."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kairan_provisioning.stack.home import prepare
from kairan_provisioning.stack.layout import Stack
from ruamel.yaml import YAML

EXAMPLE = Path(__file__).parents[2] / "configs" / "homeserver" / "kairan.yaml"


def _example() -> dict[str, Any]:
    content = YAML(typ="safe").load(EXAMPLE.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def test_synapse_accepts_the_example_beside_a_homeserver_of_ones_own(tmp_path: Path) -> None:
    """As its README says to check it; the registration lies where a test may write."""
    server = Stack(tmp_path, 8400).servers[0]
    prepare(server)
    example = tmp_path / "kairan.yaml"
    text = EXAMPLE.read_text(encoding="utf-8")
    example.write_text(text.replace("/etc/kairan/registration.yaml", str(server.home / "registration.yaml")))
    own = server.home / "homeserver.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "synapse.config", "-c", own, "-c", example], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Config parses OK!" in done.stdout


def test_synapse_accepts_the_example_of_single_sign_on_once_it_is_uncommented(tmp_path: Path) -> None:
    server = Stack(tmp_path, 8400).servers[0]
    prepare(server)
    secret = tmp_path / "secret"
    secret.write_text("between the two")
    lines = (EXAMPLE.parent / "oidc.yaml").read_text(encoding="utf-8").partition("\n\n")[2].splitlines()
    text = "\n".join(line.removeprefix("# ").removeprefix("#") for line in lines)
    example = tmp_path / "oidc.yaml"
    example.write_text(text.replace("/etc/kairan/oidc-izumiotsu", str(secret)), encoding="utf-8")
    own = server.home / "homeserver.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "synapse.config", "read", "oidc.oidc_providers", "-c", own, "-c", example],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "oidc-izumiotsu-lgwan" in done.stdout
    assert "oidc-izumiotsu-internet" in done.stdout
    assert done.stdout.count("enable_registration=False") == 2


def test_the_example_has_the_listeners_of_the_demonstration(tmp_path: Path) -> None:
    server = Stack(tmp_path, 8400).servers[0]
    prepare(server)
    own = YAML(typ="safe").load((server.home / "homeserver.yaml").read_text(encoding="utf-8"))

    def faces(content: dict[str, Any]) -> dict[str, list[str]]:
        return {listener["tag"]: listener["resources"][0]["names"] for listener in content["listeners"]}

    assert faces(_example()) == faces(own)
    ours = [m["module"] for m in own["modules"] if m["module"].startswith("kairan_modules.")]
    assert [m["module"] for m in _example()["modules"]] == ours


@pytest.mark.parametrize(
    "setting",
    [
        "enable_registration",
        "enable_set_displayname",
        "allow_profile_lookup_over_federation",
        "allow_public_rooms_over_federation",
        "allow_public_rooms_without_auth",
    ],
)
def test_what_must_be_off_is_off_in_the_example(setting: str) -> None:
    assert _example()[setting] is False


def test_nothing_loose_of_the_demonstration_is_in_the_example() -> None:
    example = _example()
    assert example["federation_verify_certificates"] is True
    assert "127.0.0.0/8" in example["ip_range_blacklist"]
    assert example["bcrypt_rounds"] >= 12
    assert example["rc_login"]["account"]["per_second"] < 1
    assert all(listener["bind_addresses"] == ["127.0.0.1"] for listener in example["listeners"])
