"""People, their postings and how their names show."""

import datetime
import re
from collections.abc import Sequence

import pytest
from kairan.organizations import Organization, OrganizationKey, Section, SectionKey
from kairan.people import (
    MAX_DISPLAY_NAME,
    STANDARD_DISPLAY_NAME,
    TOKYO,
    Person,
    Posting,
    Role,
    administers,
    check_display_name_template,
    display_name,
    own_organizations,
    parse_staff_number,
    today,
)

IZUMIOTSU, SAKAI = OrganizationKey("272060"), OrganizationKey("271403")
CRISIS = Section(SectionKey("0101"), "危機管理課")
APRIL = datetime.date(2026, 4, 1)
DAY = datetime.timedelta(days=1)


def organization(template: str = "") -> Organization:
    return Organization(IZUMIOTSU, "泉大津市", display_name=template)


def test_a_name_shows_with_organisation_and_section() -> None:
    assert display_name("山田 太郎", organization(), CRISIS) == "山田 太郎（泉大津市 危機管理課）"


def test_without_a_section_the_blank_before_it_goes_too() -> None:
    assert display_name("山田 太郎", organization(), None) == "山田 太郎（泉大津市）"


def test_without_a_current_posting_it_is_the_bare_name() -> None:
    assert display_name("山田 太郎", None, None) == "山田 太郎"


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{section} {name}", "山田 太郎"),
        ("{name} {section}", "山田 太郎"),
        ("{name}　{section}", "山田 太郎"),
        ("{name}（{section}）", "山田 太郎"),
        ("{name}【{title}】（{organization}　{section}）", "山田 太郎（泉大津市）"),
        ("{name}（{section} {organization}）", "山田 太郎（泉大津市）"),
        ("{name}（{organization} {section} {title}）", "山田 太郎（泉大津市）"),
        ("{name} [{section}] ({title})", "山田 太郎"),
        ("{title} {name}「{section} {title}」", "山田 太郎"),
        ("{name}（{organization}（{section}））", "山田 太郎（泉大津市）"),
    ],
)
def test_a_field_left_empty_leaves_nothing_behind_in_any_template(template: str, shown: str) -> None:
    check_display_name_template(template)
    assert display_name("山田 太郎", organization(template), None) == shown


def test_a_template_may_show_the_title_and_a_brace() -> None:
    template = "{name}{{{title}}}"
    check_display_name_template(template)
    assert display_name("山田 太郎", organization(template), CRISIS, "課長") == "山田 太郎{課長}"


def test_a_name_with_braces_is_not_a_template() -> None:
    assert display_name("{organization} {0}", organization(), None) == "{organization} {0}（泉大津市）"


def test_a_display_name_is_never_longer_than_synapse_takes() -> None:
    assert len(display_name("山" * 100, organization("{name}{name}{name}"), None)) == MAX_DISPLAY_NAME
    assert len(display_name("山" * 300, None, None)) == MAX_DISPLAY_NAME


def test_the_standard_template_is_a_right_one() -> None:
    check_display_name_template(STANDARD_DISPLAY_NAME)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{name} {office}", "unknown field {office}, try one of: name, organization, section, title"),
        ("{}{name}", "unknown field {}"),
        ("{0}{name}", "unknown field {0}"),
        ("{name.__class__}", "unknown field"),
        ("{name[0]}", "unknown field"),
        ("{organization}", "lacks {name}"),
        ("", "lacks {name}"),
        ("{name", "is not a display name template"),
        ("name}", "is not a display name template"),
        ("{name:>999999999}", "has a format in {name}"),
        ("{name:{section.x}}", "has a format in {name}"),
        ("{name!r}", "has a format in {name}"),
    ],
)
def test_a_wrong_template_is_refused_with_the_reason(template: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        check_display_name_template(template)


@pytest.mark.parametrize(
    ("starts", "ends", "days"),
    [
        (None, None, [True, True, True]),
        (APRIL, None, [False, True, True]),
        (None, APRIL, [True, True, False]),
        (APRIL, APRIL, [False, True, False]),
        (APRIL + DAY, APRIL - DAY, [False, False, False]),
    ],
)
def test_a_posting_holds_from_its_first_to_its_last_day(
    starts: datetime.date | None, ends: datetime.date | None, days: Sequence[bool]
) -> None:
    posting = Posting(IZUMIOTSU, starts=starts, ends=ends)
    assert [posting.current(APRIL + n * DAY) for n in (-1, 0, 1)] == days


def test_the_first_current_posting_is_the_main_one() -> None:
    before = Posting(IZUMIOTSU, ends=APRIL - DAY)
    main, also = Posting(SAKAI, starts=APRIL), Posting(IZUMIOTSU, SectionKey("0101"))
    person = Person("10001", "山田 太郎", postings=(before, main, also))
    assert person.current_postings(APRIL) == [main, also]
    assert person.current_postings(APRIL - DAY) == [before, also]


def test_a_person_with_several_postings_has_each_organisation_once_the_main_one_first() -> None:
    postings = [
        Posting(IZUMIOTSU, ends=APRIL - DAY),
        Posting(SAKAI),
        Posting(IZUMIOTSU, SectionKey("0101")),
        Posting(SAKAI, SectionKey("7")),
    ]
    assert own_organizations(postings, APRIL) == [SAKAI, IZUMIOTSU]
    assert own_organizations(postings, APRIL - DAY) == [IZUMIOTSU, SAKAI]
    assert own_organizations([], APRIL) == []


def test_an_administrator_is_one_of_that_organisation_and_only_while_the_posting_holds() -> None:
    postings = [Posting(SAKAI), Posting(IZUMIOTSU, role=Role.ORGANIZATION_ADMIN, ends=APRIL)]
    assert administers(postings, IZUMIOTSU, APRIL)
    assert not administers(postings, IZUMIOTSU, APRIL + DAY)
    assert not administers(postings, SAKAI, APRIL)


def test_an_administrator_of_a_municipality_is_not_one_of_its_walled_organisation() -> None:
    postings = [Posting(IZUMIOTSU, role=Role.ORGANIZATION_ADMIN)]
    assert not administers(postings, OrganizationKey("272060/council"), APRIL)


@pytest.mark.parametrize("text", ["1", "10001", "a.b_c=d-e", "z" * 64])
def test_a_staff_number_is_read_as_it_is(text: str) -> None:
    assert parse_staff_number(text) == text


@pytest.mark.parametrize("text", ["", "_bot", "-1", "A1", "１２", "a b", "a:b", "@a", "z" * 65, "1\n", "職員"])
def test_what_cannot_be_a_localpart_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a staff number"):
        parse_staff_number(text)


def test_the_day_is_the_one_in_tokyo() -> None:
    before = datetime.datetime.now(TOKYO).date()
    assert before <= today() <= datetime.datetime.now(TOKYO).date()
    assert datetime.datetime(2026, 3, 31, 15, tzinfo=datetime.UTC).astimezone(TOKYO).date() == APRIL
