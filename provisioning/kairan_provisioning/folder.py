"""A folder of files: what belongs to it, and everything that it declares."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import evolve

from kairan_provisioning.columns import KINDS, ORGANIZATIONS, SECTIONS, STAFF, Kind
from kairan_provisioning.declaration import Declaration, DeclaredOrganization, Mistakes
from kairan_provisioning.declare_organizations import declare_organizations, declare_sections
from kairan_provisioning.declare_people import check_display_names, declare_people
from kairan_provisioning.declare_policies import PolicyEntry, declare_policies, read_policies
from kairan_provisioning.encodings import decode
from kairan_provisioning.mistakes import Mistake, Place, in_order, mistake
from kairan_provisioning.rows import Row
from kairan_provisioning.tables import read_table
from kairan_provisioning.yaml_rows import compose, read_yaml

YAML_NAMES = frozenset({".yaml", ".yml"})
TABLE_NAMES = frozenset({".csv", ".tsv"})
OFFICE_NAMES = frozenset({".xlsx", ".xls", ".xlsm", ".ods"})

POLICY = "policy"
"""The word that the names of policy files begin with; they are YAML, because a policy is no table."""

_BEGINNINGS = {**{kind.name: kind.name for kind in KINDS}, POLICY: POLICY, "policies": POLICY}
"""What a file holds, by the word that its name begins with."""

Tick = Callable[[str, int], None]
"""Is told the file being read and how many rows of it have been."""

_EVERY = 1000


def read_folder(folder: Path, tick: Tick = lambda file, rows: None) -> tuple[Declaration, list[Mistake]]:
    """Everything that the folder declares, and all that is wrong with it, in order.

    Nothing may be applied while there is a mistake: what is declared is then incomplete.
    """
    with _without_garbage_collection():
        return _read_folder(folder, tick)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    # A hundred thousand rows make no cycles, and looking for them takes a third of the time.
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _read_folder(folder: Path, tick: Tick) -> tuple[Declaration, list[Mistake]]:
    mistakes = Mistakes()
    files = _files(folder, mistakes.found)

    def rows(kind: Kind) -> Iterator[Row]:
        for file in files.get(kind.name, ()):
            for number, row in enumerate(_rows(file, kind, mistakes.found)):
                if number % _EVERY == 0:
                    tick(file.name, number)
                yield row

    organizations, known = declare_organizations(rows(ORGANIZATIONS), mistakes)
    sections, known_sections = declare_sections(rows(SECTIONS), known, mistakes)
    people, first = declare_people(rows(STAFF), known, known_sections, mistakes)
    entries = [entry for file in files.get(POLICY, ()) for entry in _policies(file, mistakes.found)]
    policies = declare_policies(entries, known, mistakes.found)
    declared = {
        key: DeclaredOrganization(
            evolve(organization, policy=policies.get(key, organization.policy)), sections.get(key, {})
        )
        for key, organization in organizations.items()
    }
    check_display_names(people, first, declared, mistakes)
    return Declaration(declared, people), in_order(mistakes.found)


def _files(folder: Path, mistakes: list[Mistake]) -> dict[str, list[Path]]:
    """The files of each kind, and those of policies under `POLICY`, in the order of their paths."""
    if not folder.is_dir():
        mistakes.append(mistake(Place(str(folder)), "", "フォルダーがありません", "there is no such folder"))
        return {}
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        what = next((what for word, what in _BEGINNINGS.items() if path.name.lower().startswith(word)), None)
        if what is None or path.is_dir():
            continue
        ending = path.suffix.lower()
        if ending in YAML_NAMES or (ending in TABLE_NAMES and what != POLICY):
            found.setdefault(what, []).append(path)
        elif what == POLICY and ending in TABLE_NAMES | OFFICE_NAMES:
            # Passing it over would leave the organisation with another policy than its administrator believes.
            mistakes.append(
                mistake(Place(str(path)), path.suffix, "policy のファイルは YAML です", "a policy is declared in YAML")
            )
        elif ending in OFFICE_NAMES:
            mistakes.append(
                mistake(
                    Place(str(path)),
                    path.suffix,
                    "表計算のファイルは読みません。CSV で保存してください",
                    "spreadsheets are not read, save it as CSV",
                )
            )
    if not found and not mistakes:
        mistakes.append(
            mistake(
                Place(str(folder)),
                "",
                "organizations、sections、staff で始まる CSV・YAML のファイルがありません",
                "no CSV or YAML file here begins with organizations, sections or staff",
            )
        )
    return found


def _rows(file: Path, kind: Kind, mistakes: list[Mistake]) -> Iterator[Row]:
    text = _text(file, mistakes)
    if text is None:
        return
    if file.suffix.lower() in YAML_NAMES:
        yield from read_yaml(str(file), text, kind, mistakes)
    else:
        yield from read_table(str(file), text, kind, mistakes)


def _policies(file: Path, mistakes: list[Mistake]) -> Iterator[PolicyEntry]:
    text = _text(file, mistakes)
    root = None if text is None else compose(str(file), text, mistakes)
    if root is not None:
        yield from read_policies(str(file), root, mistakes)


def _text(file: Path, mistakes: list[Mistake]) -> str | None:
    """What the file says; None, and a mistake noted, where it cannot be read."""
    path = str(file)
    try:
        # A pipe or a device with such a name would be waited for without end.
        if not file.is_file():
            raise OSError("not a file")
        data = file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        mistakes.append(mistake(Place(path), reason, "ファイルを開けません", "the file cannot be read"))
        return None
    text = decode(path, data)
    if isinstance(text, Mistake):
        mistakes.append(text)
        return None
    return text
