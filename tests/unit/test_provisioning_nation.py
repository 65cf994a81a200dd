"""The nation that benchmarks measure with is realistic, the same each time, and fast to read."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from kairan.organizations import find_cycle
from kairan_provisioning.folder import read_folder

from benchmarks.nation import generate, write_folder

SCRIPT = Path(__file__).parent.parent.parent / "benchmarks" / "nation.py"


def test_what_is_written_is_read_back_without_a_mistake(tmp_path: Path) -> None:
    nation = generate(30, 2000, seed=7)
    write_folder(tmp_path, nation)
    declaration, mistakes = read_folder(tmp_path)
    assert mistakes == []
    assert list(declaration.people.values()) == nation.people
    assert len(declaration.organizations) == 30


def test_the_command_writes_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        options = ["--organizations", "12", "--people", "300", "--seed", seed]
        subprocess.run([sys.executable, SCRIPT, tmp_path / name, *options], check=True)
    files = [{p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in "abc"]
    assert files[0] == files[1] != files[2]
    assert len(files[0]) > 3


def test_names_and_sizes_have_realistic_shares() -> None:
    nation = generate(206, 20_000, seed=1)
    surnames = Counter(person.name.split()[0] for person in nation.people)
    assert 0.02 < surnames["田中"] / 20_000 < 0.06
    assert surnames["佐藤"] > surnames["中村"] > surnames["濵田"] > 0
    sizes = Counter(person.postings[0].organization for person in nation.people)
    assert len(sizes) == len(nation.organizations) == 206
    assert max(sizes.values()) > 5 * sorted(sizes.values())[103]
    assert 0.01 < sum(len(person.postings) > 1 for person in nation.people) / 20_000 < 0.1
    assert all(find_cycle({s.key: s for s in sections}) is None for sections in nation.sections.values())


def test_councils_fill_up_a_nation_of_more_organizations_than_there_are() -> None:
    nation = generate(1893, 5000, seed=1)
    assert len({organization.key for organization in nation.organizations}) == 1893
    assert any(organization.walled for organization in nation.organizations)
    with pytest.raises(ValueError, match="organisation needs somebody"):
        generate(10, 9, seed=1)


def test_a_hundred_thousand_lines_are_read_and_checked_in_seconds(tmp_path: Path) -> None:
    write_folder(tmp_path, generate(206, 100_000, seed=1))
    begun = time.process_time()
    declaration, mistakes = read_folder(tmp_path)
    spent = time.process_time() - begun
    assert (len(declaration.people), mistakes) == (100_000, [])
    # About two seconds of one core here; the bound leaves room for a slower machine.
    assert spent < 12
