"""`kairan plan` and `kairan apply` as an operator runs them, against a real homeserver with our modules."""

import csv
import datetime
import io
import json
import logging
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import bcrypt
import pytest
from kairan.organizations import OrganizationKey
from kairan.people import display_name, today
from kairan.policy import SignIn
from kairan.zones import Action, Ruling, Zone
from kairan_provisioning.client import ProvisioningClient
from kairan_provisioning.declaration import Declaration
from kairan_provisioning.folder import read_folder
from kairan_provisioning.report import NOTHING

from tests.homeserver.harness import Database, HomeserverFactory, Server, kairan_modules
from tests.homeserver.kairan_command import Command, Moment, When, copy_demonstration, gate
from tests.homeserver.town import REGISTRATION

Place = tuple[str, str | None]
"""An organisation, and a section of it or None for its Space."""

KILLED_AT = {
    "among the people": Moment("PUT", "people", 3, When.DURING),
    "between people and rooms": Moment("POST", "rooms", 1, When.BEFORE),
    "among the rooms": Moment("POST", "rooms", 3, When.DURING),
}


@attrs.frozen
class Prefecture:
    """An empty homeserver, the folder that is to be declared on it, and the command."""

    server: Server
    folder: Path
    operator: str
    passwords: Path

    @property
    def command(self) -> Command:
        """The command, with the operator's token."""
        return Command(self.server.url(Zone.INTERNAL), self.operator)

    @property
    def arguments(self) -> list[str | Path]:
        """What `apply` is called with."""
        return ["apply", self.folder, "--first-passwords", self.passwords]

    def apply(self) -> str:
        """Apply the folder; what was printed."""
        ran = self.command.run(*self.arguments)
        assert ran.code == 0, ran.err
        return ran.out + ran.err

    def plan(self) -> str:
        """What `plan` prints."""
        ran = self.command.run("plan", self.folder)
        assert ran.code == 0, ran.err
        return ran.out.strip()

    def get(self, path: str, **parameters: str | int) -> dict[str, Any]:
        """A request of the operator."""
        with self.server.client(self.operator) as client:
            answer = client.get(path, params=parameters or None)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def issued(self) -> dict[str, str]:
        """The first passwords of the file by localpart, each there once."""
        _, *lines = csv.reader(io.StringIO(self.passwords.read_text(encoding="utf-8-sig")))
        assert len({line[0] for line in lines}) == len(lines)
        return {user_id[1:].partition(":")[0]: password for user_id, _, password in lines}


@pytest.fixture
def prefecture(homeserver_factory: HomeserverFactory, database: Database, tmp_path: Path) -> Iterator[Prefecture]:
    """On SQLite and on PostgreSQL."""
    yield from found_prefecture(homeserver_factory, database, tmp_path)


@pytest.fixture
def on_sqlite(homeserver_factory: HomeserverFactory, tmp_path: Path) -> Iterator[Prefecture]:
    """Where the database makes no difference."""
    yield from found_prefecture(homeserver_factory, "sqlite", tmp_path)


def found_prefecture(homeserver_factory: HomeserverFactory, database: Database, tmp_path: Path) -> Iterator[Prefecture]:
    """Start an empty homeserver beside a folder that is to be declared on it."""
    registration = tmp_path / "registration.yaml"
    registration.write_text(json.dumps(REGISTRATION), encoding="utf-8")
    server = homeserver_factory(kairan_modules, database=database, app_service_config_files=[str(registration)])
    yield Prefecture(
        server=server,
        folder=copy_demonstration(tmp_path / "declared"),
        operator=server.register("operator", admin=True),
        passwords=tmp_path / "first.csv",
    )
    # Many are started here; the fixture's own end stops only the last one in time.
    server.stop()


def declaration_of(folder: Path) -> Declaration:
    """What the folder, which has no mistakes, declares."""
    declaration, mistakes = read_folder(folder)
    assert mistakes == []
    return declaration


def shown_names(declaration: Declaration, day: datetime.date) -> dict[str, str]:
    """The display name of everybody by localpart, made from the declaration alone."""
    names = {}
    for localpart, person in declaration.people.items():
        main = person.current_postings(day)[0]
        body = declaration.organizations[main.organization]
        section = body.sections[main.section] if main.section else None
        names[localpart] = display_name(person.name, body.organization, section, main.title)
    return names


def declared_rooms(declaration: Declaration, day: datetime.date) -> dict[Place, tuple[str, set[str]]]:
    """The rooms that should be, with the name and the members of each, made from the declaration alone."""
    rooms: dict[Place, tuple[str, set[str]]] = {}
    for key, body in declaration.organizations.items():
        rooms[key, None] = (body.organization.name, set())
        for section in body.sections.values():
            rooms[key, section.key] = (section.name, set())
    for localpart, person in declaration.people.items():
        for posting in person.current_postings(day):
            for section_key in {None, posting.section}:
                rooms[posting.organization, section_key][1].add(localpart)
    return rooms


def found_rooms(prefecture: Prefecture) -> list[tuple[Place, str, dict[str, str]]]:
    """The rooms that are there: whose each is, its name, and the shown name of each member by localpart."""
    found = []
    for room in prefecture.get("/_synapse/admin/v1/rooms", limit=1000)["rooms"]:
        state = prefecture.get(f"/_synapse/admin/v1/rooms/{room['room_id']}/state")["state"]
        (belongs,) = (event["content"] for event in state if event["type"] == "jp.kairan.room")
        (name,) = (event["content"]["name"] for event in state if event["type"] == "m.room.name")
        members = {
            event["state_key"][1:].partition(":")[0]: event["content"].get("displayname", "")
            for event in state
            if event["type"] == "m.room.member" and event["content"]["membership"] == "join"
        }
        members.pop("kairan")
        found.append(((belongs["organization"], belongs.get("section")), name, members))
    return found


def assert_as_declared(prefecture: Prefecture, gone: frozenset[str] = frozenset()) -> None:
    """Accounts, names, rooms and members are those of the folder: none twice, none missing, none beside.

    Args:
        gone: whose accounts are locked.
    """
    declaration, day = declaration_of(prefecture.folder), today()
    names = shown_names(declaration, day)
    accounts = prefecture.get("/_synapse/admin/v2/users", limit=1000, locked="true")["users"]
    localparts = [account["name"][1:].partition(":")[0] for account in accounts]
    assert sorted(localparts) == sorted({*names, *gone, "operator"})
    assert {
        localpart: account["displayname"]
        for localpart, account in zip(localparts, accounts, strict=True)
        if localpart in names
    } == names
    locked = {part for part, account in zip(localparts, accounts, strict=True) if account["locked"]}
    assert locked == gone
    found, wanted = found_rooms(prefecture), declared_rooms(declaration, day)
    assert sorted((place for place, _, _ in found), key=str) == sorted(wanted, key=str)
    for place, name, members in found:
        assert (place, name, members) == (place, wanted[place][0], {who: names[who] for who in wanted[place][1]})


def password_hashes(server: Server) -> dict[str, str]:
    """The hash of each account that has a password."""

    async def read() -> list[tuple[str, str]]:
        pool = server.hs.get_datastores().main.db_pool

        def select(txn: Any) -> list[tuple[str, str]]:
            txn.execute("SELECT name, password_hash FROM users WHERE password_hash IS NOT NULL")
            return list(txn.fetchall())

        return await pool.runInteraction("test", select)

    return {user_id[1:].partition(":")[0]: hashed for user_id, hashed in server.run(read)}


def assert_passwords_work(prefecture: Prefecture) -> None:
    """The file has a password for every account that was made, and it is the one that the account has."""
    issued, hashes = prefecture.issued(), password_hashes(prefecture.server)
    assert set(issued) == set(hashes) == set(declaration_of(prefecture.folder).people)
    for localpart, password in issued.items():
        assert bcrypt.checkpw(password.encode(), hashes[localpart].encode()), localpart


def sign_in(prefecture: Prefecture, localpart: str, password: str) -> int:
    """The status of a sign-in by password in the office."""
    with prefecture.server.client(zone=Zone.LGWAN) as client:
        answer = client.post(
            "/_matrix/client/v3/login",
            json={
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": localpart},
                "password": password,
            },
        )
    return answer.status_code


def test_the_demonstration_is_applied_and_then_nothing_is_left_to_change(prefecture: Prefecture) -> None:
    people = len(declaration_of(prefecture.folder).people)
    planned = prefecture.plan()
    assert f"職員 people +{people} ~0 -0、" in planned
    assert "  ~ 位置情報の送信（インターネット側）" in planned
    said = prefecture.apply()
    assert f"追加 created {people}、" in said
    assert prefecture.plan() == NOTHING
    assert_as_declared(prefecture)
    assert_passwords_work(prefecture)
    assert prefecture.apply().splitlines()[0] == NOTHING
    assert_as_declared(prefecture)
    with ProvisioningClient(prefecture.server.url(Zone.INTERNAL), prefecture.operator) as client:
        policies = {key: body.organization.policy for key, body in client.organizations().items()}
        kana = {each.person.name: each.person.kana for page in client.people() for each in page}
    assert policies[OrganizationKey("272060")].sign_in is SignIn.OPEN
    assert policies[OrganizationKey("273813")].sign_in is SignIn.OPEN
    assert policies[OrganizationKey("273414")].rules == {Action.LOCATION: {Zone.INTERNET: Ruling.DENY}}
    # The city's file is in CP932, and its フリガナ came through.
    assert kana["髙橋 花子"] == "タカハシ ハナコ"


@pytest.mark.parametrize("moment", KILLED_AT.values(), ids=KILLED_AT)
def test_killed_at_any_moment_the_next_run_completes_it_without_duplicates_or_losses(
    prefecture: Prefecture, moment: Moment
) -> None:
    with gate(prefecture.server.url(Zone.INTERNAL), moment) as before:
        killed = prefecture.command.killed(before, *prefecture.arguments)
        assert killed.code == -signal.SIGKILL
        # At once: the homeserver may still be at work on what the dead one asked for.
        said = killed.out + killed.err + prefecture.apply()
    assert prefecture.plan() == NOTHING
    assert_as_declared(prefecture)
    assert_passwords_work(prefecture)
    assert not [password for password in prefecture.issued().values() if password in said]


def rewrite(path: Path, encoding: str, *changes: tuple[str, str]) -> None:
    """Replace text in a file, each old one being there once."""
    text = path.read_bytes().decode(encoding)
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_bytes(text.encode(encoding))


def test_the_transfers_of_april_move_people_between_rooms(prefecture: Prefecture) -> None:
    prefecture.apply()
    rewrite(
        prefecture.folder / "staff-272060.csv",
        "cp932",
        # Moved to another section; retired; new.
        (
            "100106,鈴木　一郎,スズキ　イチロウ,272060,1010,主事,1113",
            "100106,鈴木　一郎,スズキ　イチロウ,272060,2010,主任,1219",
        ),
        ("100110,田中　翔太,タナカ　ショウタ,272060,1020,主事,1122,,R7.4.1,\r\n", ""),
        ("100101,", "100150,新田　望,ﾆｯﾀ ﾉｿﾞﾐ,272060,1020,主事,1122,,R8.4.1,\r\n100101,"),
    )
    # A town sends somebody to the city, and a section of the city has a new name.
    rewrite(prefecture.folder / "staff-273414.csv", "utf-8", (",273414,10,主任,4006,", ",272060,1030,主査,1199,"))
    rewrite(
        prefecture.folder / "sections.csv", "utf-8", ("272060,2010,市民課,シミンカ", "272060,2010,窓口課,マドグチカ")
    )
    planned = prefecture.command.run("plan", prefecture.folder, "--full").out
    assert "~ 2010 市民課" not in planned
    assert "~ 2010 窓口課 名前 市民課 → 窓口課" in planned
    assert "~ 100106 鈴木 一郎 所属 272060 1010 主事 内線1113" in planned
    assert "- 100110 田中 翔太" in planned
    assert "+ 100150 新田 望" in planned
    prefecture.apply()
    assert prefecture.plan() == NOTHING
    assert_as_declared(prefecture, gone=frozenset({"100110"}))
    # Back in the next year: the old account, its old password, no line for a new one.
    issued = prefecture.issued()
    rewrite(
        prefecture.folder / "staff-272060.csv",
        "cp932",
        ("100101,", "100110,田中　翔太,タナカ　ショウタ,272060,1030,主任,1139,,R8.4.1,\r\n100101,"),
    )
    assert "~1" in prefecture.plan()
    prefecture.apply()
    assert_as_declared(prefecture)
    assert prefecture.issued() == issued
    assert sign_in(prefecture, "100110", issued["100110"]) == 200


def test_a_folder_with_mistakes_changes_nothing_on_the_server(on_sqlite: Prefecture) -> None:
    on_sqlite.apply()
    issued = on_sqlite.passwords.read_bytes()

    def everything() -> list[Any]:
        return [
            on_sqlite.get("/_synapse/client/kairan/v1/provision/organizations"),
            on_sqlite.get("/_synapse/client/kairan/v1/provision/people"),
            on_sqlite.get("/_synapse/admin/v2/users", limit=1000, locked="true")["users"],
            found_rooms(on_sqlite),
        ]

    before = everything()
    rewrite(
        on_sqlite.folder / "staff-272060.csv", "cp932", ("100104,髙橋　花子", "100104,髙橋　花"), ("1113", "1" * 40)
    )
    with (on_sqlite.folder / "policy.yaml").open("a", encoding="utf-8") as policies:
        policies.write("272061:\n  rules: {call: {lgwan: allow}}\n")
    with gate(on_sqlite.server.url(Zone.INTERNAL)) as open_gate:
        ran = attrs.evolve(on_sqlite.command, url=open_gate.url).run(*on_sqlite.arguments)
    assert (ran.code, open_gate.seen) == (2, [])
    assert "rules.call.lgwan" in ran.err
    assert "272060 が正しい番号です" in ran.err
    assert "staff-272060.csv:" in ran.err
    assert everything() == before
    assert on_sqlite.passwords.read_bytes() == issued


class Everything(logging.Handler):
    """Keeps every line that is logged in this process, where the homeserver runs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record))


def test_first_passwords_are_in_no_output_and_no_log_of_the_homeserver(on_sqlite: Prefecture) -> None:
    log, root = Everything(), logging.getLogger()
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    try:
        said = on_sqlite.apply()
        issued = on_sqlite.issued()
        assert sign_in(on_sqlite, "100103", issued["100103"]) == 200
        assert sign_in(on_sqlite, "100103", issued["100103"]) == 403
    finally:
        root.setLevel(level)
        root.removeHandler(log)
    logged = "\n".join(log.lines)
    # It did log what it was asked.
    assert "/_synapse/client/kairan/v1/provision/people" in logged
    assert "@100103:" in logged
    assert len(issued) > 60
    assert not [password for password in issued.values() if password in logged + said]
