"""The demonstration's folders hold what the documents and the other tests rely on."""

import codecs
from pathlib import Path

import pytest
from kairan.organizations import Organization, OrganizationKey, sees
from kairan.people import Role, administers, today
from kairan.policy import SignIn
from kairan.zones import Action, Ruling, Zone
from kairan_provisioning.declaration import Declaration
from kairan_provisioning.folder import read_folder
from ruamel.yaml import YAML

DEMO = Path(__file__).parent.parent.parent / "configs" / "demo"
IZUMIOTSU = OrganizationKey("272060")
COUNCIL = OrganizationKey("272060/council")

BODIES_OF_2021 = """
270008 271403 272035 272051 272060 272078 272094 272108 272116 272124 272141 272159 272175 272213 272221 272230
272248 272264 272299 272311 273015 273414 273813
"""


def declared(server: str) -> Declaration:
    """A server's folder, which has no mistakes."""
    declaration, mistakes = read_folder(DEMO / server)
    assert mistakes == []
    return declaration


@pytest.fixture(scope="module")
def osaka() -> Declaration:
    """大阪府's folder."""
    return declared("osaka")


def test_osaka_has_the_bodies_of_2021_and_a_council(osaka: Declaration) -> None:
    assert set(osaka.organizations) == {*BODIES_OF_2021.split(), COUNCIL}
    assert all(3 <= len(o.sections) <= 6 for key, o in osaka.organizations.items() if key != COUNCIL)
    assert sum(1 + len(o.sections) for o in osaka.organizations.values()) < 130


def test_osaka_has_four_hundred_people_all_with_kana_and_a_current_posting(osaka: Declaration) -> None:
    assert len(osaka.people) >= 400
    assert all(person.kana and person.current_postings(today()) for person in osaka.people.values())
    assert all(" " in person.name for person in osaka.people.values())


def test_tokyo_has_three_bodies_beside_the_prefecture() -> None:
    tokyo = declared("tokyo")
    assert "130001" in tokyo.organizations and len(tokyo.organizations) >= 4
    assert 30 <= len(tokyo.people) <= 60


def test_no_staff_number_is_on_both_servers(osaka: Declaration) -> None:
    assert not set(osaka.people) & set(declared("tokyo").people)


def test_izumiotsu_has_tanakas_old_kanji_and_people_with_two_postings(osaka: Declaration) -> None:
    staff = [p for p in osaka.people.values() if any(q.organization == IZUMIOTSU for q in p.postings)]
    assert sum(p.name.startswith("田中 ") for p in staff) >= 3
    for kanji in "髙齋邉濵﨑":
        assert any(kanji in p.name for p in staff)
    assert sum(len(p.postings) > 1 for p in staff) >= 3
    assert any(s.name == "危機管理課" for s in osaka.organizations[IZUMIOTSU].sections.values())


def test_one_person_stands_on_both_sides_of_the_wall(osaka: Declaration) -> None:
    bridging = [
        person.localpart
        for person in osaka.people.values()
        if {IZUMIOTSU, COUNCIL} <= {posting.organization for posting in person.postings}
    ]
    assert bridging == ["100206"]


def test_some_pairs_find_each_other_and_some_do_not(osaka: Declaration) -> None:
    def organization(key: str) -> Organization:
        return osaka.organizations[OrganizationKey(key)].organization

    assert sees(organization("272060"), organization("270008"))
    assert sees(organization("272060"), organization("273414"))
    assert not sees(organization("272060"), organization("272035"))
    assert not sees(organization("272060"), organization("272060/council"))


def test_any_device_signs_in_and_one_town_is_stricter_than_the_standard(osaka: Declaration) -> None:
    policies = {key: declared.organization.policy for key, declared in osaka.organizations.items()}
    assert {policy.sign_in for policy in policies.values()} == {SignIn.OPEN}
    assert {key: policy.rules for key, policy in policies.items() if policy.rules} == {
        "273414": {Action.LOCATION: {Zone.INTERNET: Ruling.DENY}}
    }
    tokyo = declared("tokyo").organizations.values()
    assert {body.organization.policy.sign_in for body in tokyo} == {SignIn.OPEN}


def test_the_city_is_in_cp932_as_excel_saves_it_and_one_town_in_yaml() -> None:
    data = (DEMO / "osaka" / "staff-272060.csv").read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") > 20
    assert "髙橋" in data.decode("cp932")
    with pytest.raises(UnicodeDecodeError):
        codecs.decode(data, "utf-8")
    assert (DEMO / "osaka" / "staff-273813.yaml").exists()


def test_the_sample_accounts_are_declared_and_cover_what_the_demonstration_shows(osaka: Declaration) -> None:
    accounts = YAML(typ="safe").load(DEMO / "accounts.yaml")
    people = [osaka.people[number] for number in accounts["osaka"]]
    tokyo = declared("tokyo")
    assert len([tokyo.people[number] for number in accounts["tokyo"]]) >= 3
    main = [(p.postings[0].organization, p.postings[0].section) for p in people]
    assert main.count((IZUMIOTSU, main[0][1])) >= 2
    assert len({section for organization, section in main if organization == IZUMIOTSU}) >= 2
    assert len({organization for organization, _ in main}) >= 4
    for key in ("272060", "270008"):
        assert any(administers(p.postings, OrganizationKey(key), today()) for p in people)
    assert any(p.postings[0].organization == COUNCIL and p.postings[0].role is Role.STAFF for p in people)
    assert any(p.localpart == "100206" for p in people)
