"""Filling the edge's configuration: what is wrong with the values is said at once, and then nothing is written."""

from pathlib import Path

import pytest

from tests.edge.filling import example_values, fill, write_values


def test_the_example_fills_every_place(tmp_path: Path) -> None:
    done = fill("edge", write_values(tmp_path / "values.toml", example_values("edge")), tmp_path / "kairan")
    assert done.returncode == 0, done.stderr
    texts = [path.read_text() for path in (tmp_path / "kairan").rglob("*.conf")]
    assert len(texts) >= 10
    assert "listen 10.20.30.40:443 ssl http2;" in "".join(texts)
    assert not any(".name@" in text or "@lgwan." in text for text in texts)


@pytest.mark.parametrize(
    ("section", "key", "value", "complaint"),
    [
        ("lgwan", "listen", None, "lgwan.listen: is missing"),
        ("lgwan", "colour", "red", "lgwan.colour: is not recognised, try one of: bridge.internet,"),
        (
            "internet",
            "name",
            "a.test; ssl_verify_client off",
            "internet.name: 'a.test; ssl_verify_client off' is not one word",
        ),
        ("internet", "name", "", "internet.name: '' is not one word"),
        ("lgwan", "name", "CHANGE-ME", "lgwan.name: is not set"),
        ("logs", "access", "/var/log/$host", "logs.access: '/var/log/$host' is not one word"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_written(
    tmp_path: Path, section: str, key: str, value: str | None, complaint: str
) -> None:
    values = example_values("edge")
    if value is None:
        del values[section][key]
    else:
        values[section][key] = value
    done = fill("edge", write_values(tmp_path / "values.toml", values), tmp_path / "kairan")
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "kairan").exists()


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "values.toml").write_text("[lgwan\n")
    done = fill("edge", tmp_path / "values.toml", tmp_path / "kairan")
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tmp_path}/values.toml: ")


def test_what_was_filled_is_its_owners_only(tmp_path: Path) -> None:
    fill("edge", write_values(tmp_path / "values.toml", example_values("edge")), tmp_path / "kairan")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "kairan").rglob("*.conf")} == {0o600}
