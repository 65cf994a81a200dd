"""The worked examples of docs/provisioning.md, run as they stand there."""

import re
from pathlib import Path

import pytest
from kairan.policy import OrganizationPolicy, PolicyError, SignIn, parse_policy, policy_data
from kairan.zones import Action, Ruling, Zone
from kairan_provisioning.cli import app
from kairan_provisioning.columns import KINDS
from kairan_provisioning.folder import read_folder
from typer.testing import CliRunner

from tests.unit.provisioning_server import TOKEN, MemoryServer, serving

PAGE = (Path(__file__).parent.parent.parent / "docs" / "provisioning.md").read_text(encoding="utf-8")


def written_files() -> dict[str, str]:
    """The files that the page shows, by name."""
    return dict(re.findall(r"`declared/([\w.-]+)`[^`]*?:\n\n```\w+\n(.*?)```", PAGE, re.DOTALL))


def output_of(command: str, last: bool = False) -> str:
    """What the page says that a command prints."""
    found = re.findall(rf"^\$ {re.escape(command)}\n(.*?)(?=^\$|^```)", PAGE, re.DOTALL | re.MULTILINE)
    return str(found[-1 if last else 0])


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the page, its three files of the first example."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAIRAN_TOKEN", TOKEN)
    folder = Path("declared")
    folder.mkdir()
    for name, text in written_files().items():
        if name.endswith(".csv"):
            (folder / name).write_text(text, encoding="cp932" if name == "staff.csv" else "utf-8")
    return folder


def put_right(declared: Path) -> None:
    """The three values put right as the page says."""
    staff = declared / "staff.csv"
    text = staff.read_text(encoding="cp932")
    for wrong, right in (("272061", "272060"), ("1011", "1010"), ("令和6年2月30日", "R6.4.1")):
        text = text.replace(wrong, right)
    staff.write_text(text, encoding="cp932")


def test_the_page_shows_five_files() -> None:
    assert list(written_files()) == [
        "organizations.csv",
        "sections.csv",
        "staff.csv",
        "staff-270008.yaml",
        "policy.yaml",
    ]


def test_the_mistakes_are_those_of_the_page(declared: Path) -> None:
    ran = CliRunner().invoke(app, ["check", str(declared)])
    assert (ran.exit_code, ran.stderr) == (2, output_of("kairan check declared"))


def test_plan_apply_and_plan_again_say_what_the_page_says(declared: Path) -> None:
    put_right(declared)
    with serving(MemoryServer()) as url:
        at = ["declared", "--homeserver", url]
        assert CliRunner().invoke(app, ["plan", *at]).stdout == output_of("kairan plan declared")
        assert CliRunner().invoke(app, ["apply", *at, "--first-passwords", "first.csv"]).exit_code == 0
        assert CliRunner().invoke(app, ["plan", *at]).stdout == output_of("kairan plan declared", last=True)


def test_the_yaml_of_the_page_is_read_beside_the_rest(declared: Path) -> None:
    put_right(declared)
    (declared / "staff-270008.yaml").write_text(written_files()["staff-270008.yaml"], encoding="utf-8")
    declaration, mistakes = read_folder(declared)
    assert mistakes == []
    assert [p.organization for p in declaration.people["100306"].postings] == ["270008", "272060"]


def test_the_policies_of_the_page_are_read_and_what_it_calls_standard_is(declared: Path) -> None:
    put_right(declared)
    (declared / "policy.yaml").write_text(written_files()["policy.yaml"], encoding="utf-8")
    declaration, mistakes = read_folder(declared)
    assert mistakes == []
    prefecture, city = (body.organization.policy for body in declaration.organizations.values())
    assert (prefecture.sign_in, prefecture.password.shortest) == (SignIn.ADMIN, 14)
    assert city.rules == {
        Action.UPLOAD: {Zone.INTERNET: Ruling.DENY},
        Action.PREVIEW_URL: {Zone.INTERNET: Ruling.ALLOW},
    }
    standard = policy_data(OrganizationPolicy())
    for path, value in re.findall(r"^\| `(\w+\.\w+)` \| .* \| (\d+) \|$", PAGE, re.MULTILINE):
        part, key = path.split(".")
        assert standard[part].pop(key) == int(value)
    assert standard == {"sign_in": "self", "rules": {}, "password": {}, "sessions": {}}


def test_the_ranges_of_the_page_are_those_of_the_policy() -> None:
    found = re.findall(r"^\| `(\w+)\.(\w+)` \| .*?([0-9]+) to ([0-9]+)[; |]", PAGE, re.MULTILINE)
    assert len(found) == 4
    for part, key, lowest, highest in found:
        for good in (int(lowest), int(highest)):
            parse_policy({part: {key: good}})
        for wrong in (int(lowest) - 1, int(highest) + 1):
            with pytest.raises(PolicyError):
                parse_policy({part: {key: wrong}})


def test_the_mistakes_of_policies_are_those_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("policies")
    folder.mkdir()
    (folder / "organizations.csv").write_text("団体コード\n272060\n")
    policy = "272060:\n  rules:\n    call: {lgwan: allow}\n    upload: {internet: forbid}\n"
    (folder / "policy.yaml").write_text(policy)
    ran = CliRunner().invoke(app, ["check", "policies"])
    assert (ran.exit_code, ran.stderr) == (2, output_of("kairan check policies"))


def test_the_page_names_every_column() -> None:
    for kind in KINDS:
        table = PAGE[PAGE.index(f"| {kind.name} | |") :]
        table = table[: table.index("\n\n")]
        for column in kind.columns:
            assert column.japanese in table
            assert f"`{column.name}`" in table
