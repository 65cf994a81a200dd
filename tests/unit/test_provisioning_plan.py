"""The difference between a declaration and a server."""

import datetime
from collections.abc import Iterable

import pytest
from attrs import evolve
from kairan.organizations import Organization, OrganizationKey, Section, SectionKey
from kairan.people import Person, Posting, display_name
from kairan_provisioning.declaration import Declaration, DeclaredOrganization
from kairan_provisioning.plan import Action, Change, Current, Plan, make_plan
from kairan_provisioning.report import NOTHING, plan_lines, plan_to_json
from kairan_provisioning.wire import Counts, KnownPerson

TODAY = datetime.date(2026, 11, 21)
CITY = OrganizationKey("272060")
TOWN = OrganizationKey("273414")
CRISIS = SectionKey("10")
CITIZENS = SectionKey("20")

CITY_DECLARED = DeclaredOrganization(
    Organization(CITY, "泉大津市"),
    {CRISIS: Section(CRISIS, "危機管理課"), CITIZENS: Section(CITIZENS, "市民課")},
)
TOWN_DECLARED = DeclaredOrganization(Organization(TOWN, "忠岡町"))
IN_CRISIS = Posting(CITY, CRISIS, "課長")
IN_CITIZENS = Posting(CITY, CITIZENS, "係長")
IN_TOWN = Posting(TOWN)
YAMADA = Person("1", "山田 太郎", "ヤマダ タロウ", [IN_CRISIS])


def declaration(*people: Person, organization: DeclaredOrganization = CITY_DECLARED) -> Declaration:
    """One city with these people."""
    return Declaration({CITY: organization}, {person.localpart: person for person in people})


def known(person: Person, shown: str | None = None, locked: bool = False) -> KnownPerson:
    """A person as the server has them, with the display name that follows from the main posting."""
    main = next(iter(person.current_postings(TODAY)), None)
    declared = {CITY: CITY_DECLARED, TOWN: TOWN_DECLARED}[main.organization] if main else None
    section = declared.sections[main.section] if main and declared and main.section else None
    made = display_name(person.name, declared.organization if declared else None, section, main.title if main else "")
    return KnownPerson(person, made if shown is None else shown, locked)


def current(people: Iterable[KnownPerson], rooms: Counts = Counts()) -> Current:  # noqa: B008
    """A server with city and town, and these people."""
    return Current(
        {CITY: CITY_DECLARED, TOWN: TOWN_DECLARED}, {each.person.localpart: each for each in people}, {CITY: rooms}
    )


def text(plan: Plan, declared: Declaration) -> str:
    """What is printed in full."""
    return "\n".join(plan_lines(plan, declared, full=True))


def test_a_server_that_is_as_declared_needs_nothing() -> None:
    declared = declaration(YAMADA)
    plan = make_plan(declared, current([known(YAMADA)]), TODAY)
    assert plan.nothing_to_change
    assert text(plan, declared) == NOTHING


def test_rooms_that_are_pending_are_a_change_though_all_else_is_as_declared() -> None:
    declared = declaration(YAMADA)
    plan = make_plan(declared, current([known(YAMADA)], Counts(joins=2)), TODAY)
    assert not plan.nothing_to_change
    assert "参加 joins 2" in text(plan, declared)


def test_an_empty_server_gets_everything() -> None:
    declared = declaration(YAMADA)
    plan = make_plan(declared, Current(), TODAY)
    assert [(step.action, len(step.sections), step.going) for step in plan.organizations] == [(Action.ADD, 2, ())]
    assert [(step.action, step.person) for step in plan.people] == [(Action.ADD, YAMADA)]
    # A Space and two sections; the Space and the section are joined.
    assert plan.rooms == {CITY: Counts(rooms=3, joins=2)}


def test_a_change_names_the_field_with_old_and_new() -> None:
    moved = evolve(YAMADA, postings=[IN_CITIZENS])
    declared = declaration(moved)
    plan = make_plan(declared, current([known(YAMADA)]), TODAY)
    assert plan.people[0].changes == (
        Change("postings", "272060 10 課長", "272060 20 係長"),
        Change("display_name", "山田 太郎（泉大津市 危機管理課）", "山田 太郎（泉大津市 市民課）"),
    )
    assert plan.rooms == {CITY: Counts(joins=1, leaves=1)}
    assert "~ 1 山田 太郎 所属 272060 10 課長 → 272060 20 係長" in text(plan, declared)


def test_a_renamed_section_changes_the_display_names_of_its_people() -> None:
    renamed = DeclaredOrganization(
        CITY_DECLARED.organization, {**CITY_DECLARED.sections, CRISIS: Section(CRISIS, "防災課")}
    )
    plan = make_plan(declaration(YAMADA, organization=renamed), current([known(YAMADA)]), TODAY)
    assert plan.organizations[0].sections[0].changes == (Change("name", "危機管理課", "防災課"),)
    assert plan.people[0].changes == (
        Change("display_name", "山田 太郎（泉大津市 危機管理課）", "山田 太郎（泉大津市 防災課）"),
    )


def test_a_section_that_is_gone_from_the_folder_goes() -> None:
    smaller = DeclaredOrganization(CITY_DECLARED.organization, {CRISIS: CITY_DECLARED.sections[CRISIS]})
    plan = make_plan(declaration(YAMADA, organization=smaller), current([known(YAMADA)]), TODAY)
    assert [section.key for section in plan.organizations[0].going] == [CITIZENS]
    assert plan.organizations[0].action is None


def test_whoever_is_not_in_the_folder_any_more_retires() -> None:
    plan = make_plan(declaration(), current([known(YAMADA)]), TODAY)
    assert [(step.action, step.person.postings) for step in plan.people] == [(Action.RETIRE, ())]
    assert plan.rooms == {CITY: Counts(leaves=2)}


def test_a_retiring_person_keeps_the_postings_of_organizations_that_the_folder_does_not_declare() -> None:
    both = evolve(YAMADA, postings=[IN_CRISIS, IN_TOWN])
    plan = make_plan(declaration(), current([known(both)]), TODAY)
    assert [(step.action, step.person.postings) for step in plan.people] == [(Action.RETIRE, (IN_TOWN,))]


def test_people_of_other_organizations_are_left_alone() -> None:
    elsewhere = Person("9", "森 博", "", [IN_TOWN])
    assert make_plan(declaration(YAMADA), current([known(YAMADA), known(elsewhere)]), TODAY).nothing_to_change


@pytest.mark.parametrize("postings", [[IN_CRISIS, IN_TOWN], [IN_TOWN, IN_CRISIS]])
def test_a_posting_elsewhere_stays_where_it_stood_so_that_two_folders_do_not_undo_each_other(
    postings: list[Posting],
) -> None:
    both = evolve(YAMADA, postings=postings)
    assert make_plan(declaration(YAMADA), current([known(both)]), TODAY).nothing_to_change


def test_somebody_who_works_elsewhere_and_is_new_here_keeps_both() -> None:
    elsewhere = evolve(YAMADA, postings=[IN_TOWN])
    plan = make_plan(declaration(YAMADA), current([known(elsewhere)]), TODAY)
    assert [(step.action, step.person.postings) for step in plan.people] == [(Action.CHANGE, (IN_TOWN, IN_CRISIS))]


def test_a_locked_account_with_a_current_posting_is_unlocked_and_one_with_a_future_one_is_not() -> None:
    plan = make_plan(declaration(YAMADA), current([known(YAMADA, locked=True)]), TODAY)
    assert plan.people[0].changes == (Change("locked", "true", "false"),)
    future = evolve(YAMADA, postings=[evolve(IN_CRISIS, starts=datetime.date(2027, 4, 1))])
    assert make_plan(declaration(future), current([known(future, locked=True)]), TODAY).nothing_to_change


def test_dates_decide_the_display_name_and_the_rooms() -> None:
    ended = evolve(IN_CRISIS, ends=datetime.date(2026, 3, 31))
    now = evolve(IN_CITIZENS, starts=datetime.date(2026, 4, 1))
    person = evolve(YAMADA, postings=[ended, now])
    plan = make_plan(declaration(person), current([known(YAMADA)]), TODAY)
    assert plan.people[0].changes[-1].new == "山田 太郎（泉大津市 市民課）"
    assert plan.rooms == {CITY: Counts(joins=1, leaves=1)}


@pytest.mark.parametrize(
    ("present", "retiring", "asks"),
    [(10, 10, False), (11, 11, True), (200, 10, False), (240, 12, False), (219, 11, True), (220, 11, False)],
)
def test_many_retirements_want_a_confirmation(present: int, retiring: int, asks: bool) -> None:
    people = [evolve(YAMADA, localpart=str(number)) for number in range(present)]
    plan = make_plan(declaration(*people[retiring:]), current(map(known, people)), TODAY)
    assert (plan.count(Action.RETIRE), plan.present, plan.needs_confirmation) == (retiring, present, asks)


def test_the_plan_for_programs_has_all_of_it() -> None:
    data = plan_to_json(make_plan(declaration(evolve(YAMADA, kana="")), current([known(YAMADA)]), TODAY))
    assert data["people"] == [
        {
            "staff_number": "1",
            "name": "山田 太郎",
            "organization": "272060",
            "action": "change",
            "changes": [{"field": "kana", "old": "ヤマダ タロウ", "new": ""}],
        }
    ]
    assert data["rooms"] == {"272060": {"rooms": 0, "joins": 0, "leaves": 0}}
    assert data["nothing_to_change"] is False
