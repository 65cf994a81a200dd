"""`kairan activations` against a real homeserver."""

import csv
import stat
from pathlib import Path

import pytest
from kairan.zones import Zone
from kairan_provisioning.cli import TOKEN_VARIABLE, app
from typer.testing import CliRunner, Result

from tests.homeserver.harness import HomeserverFactory
from tests.homeserver.signing_in import at, give_password, sign_in
from tests.homeserver.town import API, Town, found_town

PAGES = ("https://kairan.lgwan.example/", "https://kairan.example")
GOOD = "Ninety-9 tulips in a row"


@pytest.fixture(scope="module")
def town(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory) -> Town:
    return found_town(homeserver_factory, tmp_path_factory.mktemp("town"))


def kairan(town: Town, *arguments: str | Path) -> Result:
    """Run `kairan activations` as the operator."""
    command = ["activations", "--homeserver", town.server.url(Zone.INTERNAL), *map(str, arguments)]
    return CliRunner(env={TOKEN_VARIABLE: town.operator, "COLUMNS": "200"}).invoke(app, command)


def pages() -> list[str]:
    """The options for the pages of both networks."""
    return [word for page in PAGES for word in ("--page", page)]


def rows(path: Path) -> list[dict[str, str]]:
    """The lines of a file of links."""
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_links_of_named_people_go_to_a_private_file_and_work(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "links.csv"
    ran = kairan(town, "--staff", "1001", "--staff", "1002", "--out", out, *pages())
    assert ran.exit_code == 0, ran.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    first, second = rows(out)
    assert (first["職員番号"], first["氏名"], second["職員番号"]) == ("1001", "山田 太郎", "1002")
    token = first["リンク"].removeprefix("https://kairan.lgwan.example/activate#")
    assert first["リンク 2"] == f"https://kairan.example/activate#{token}"
    assert token not in ran.output
    with at("127.0.0.1", town.server.url(Zone.LGWAN)) as client:
        answer = client.post(API + "/activation", json={"token": token, "password": GOOD})
    assert answer.status_code == 200, answer.text
    assert sign_in(town, "1001", GOOD).status_code == 200


def test_a_folder_means_those_of_it_who_have_no_password(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "declared"
    folder.mkdir()
    (folder / "organizations.csv").write_text("団体コード,公開先\n272060,府内\n")
    (folder / "sections.csv").write_text("団体コード,課コード,課名,上位課コード\n272060,0101,危機管理課,\n")
    people = "1003,田中 一郎,272060,0101\n1004,髙橋 次郎,272060,0101\n1006,未来 来人,272060,0101\n"
    (folder / "staff.csv").write_text("職員番号,氏名,団体コード,課コード\n" + people)
    give_password(town, "1004")
    out = tmp_path / "links.csv"
    ran = kairan(town, folder, "--out", out, *pages())
    assert ran.exit_code == 0, ran.output
    assert [row["職員番号"] for row in rows(out)] == ["1003", "1006"]


def test_a_file_that_is_there_is_not_touched_and_no_link_is_made(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "links.csv"
    kairan(town, "--staff", "1005", "--out", out, *pages())
    before = out.read_bytes()
    token = rows(out)[0]["リンク 2"].partition("#")[2]
    ran = kairan(town, "--staff", "1005", "--out", out, *pages())
    assert (ran.exit_code, out.read_bytes()) == (2, before)
    assert "choose another name" in ran.output
    with at("127.0.0.1", town.server.url(Zone.LGWAN)) as client:
        assert client.post(API + "/activation/check", json={"token": token}).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--staff", "nobody", "--page", "https://a.example"], 1, "JP.KAIRAN.BAD_DECLARATION"),
        (["--page", "https://a.example"], 2, "either a folder or --staff"),
        (["--staff", "1001", "--page", "a.example"], 2, "not the address of pages"),
        (["--staff", "1001"], 2, "--page"),
    ],
)
def test_mistakes_are_said_in_a_line(town: Town, tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    ran = kairan(town, *arguments, "--out", tmp_path / "links.csv")
    assert ran.exit_code == code, ran.output
    assert said in ran.output
