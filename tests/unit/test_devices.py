"""The rules about devices, without a homeserver."""

import pytest
from kairan.devices import (
    SHORTEST_NUMBER,
    VERB_NAMES,
    Appearance,
    Certification,
    Instruction,
    Verb,
    approval_sentence,
    deciding_organization,
    holds,
    number_of,
    read_instruction,
    same_client,
    same_device,
)
from kairan.language import Language
from kairan.organizations import OrganizationKey
from kairan.policy import SignIn

IZUMIOTSU, OSAKA = OrganizationKey("272060"), OrganizationKey("270008")


@pytest.mark.parametrize(
    ("how", "mode", "holding"),
    [
        (SignIn.SELF, SignIn.OPEN, True),
        (SignIn.SELF, SignIn.SELF, True),
        (SignIn.SELF, SignIn.ADMIN, False),
        (SignIn.ADMIN, SignIn.SELF, True),
        (SignIn.ADMIN, SignIn.ADMIN, True),
        (SignIn.ADMIN, SignIn.CERTIFICATE, False),
        (SignIn.CERTIFICATE, SignIn.CERTIFICATE, True),
    ],
)
def test_a_certification_holds_where_no_stricter_one_is_asked_for(how: SignIn, mode: SignIn, holding: bool) -> None:
    assert holds(Certification(IZUMIOTSU, how), [OSAKA, IZUMIOTSU], mode) is holding


def test_an_organisation_that_one_has_left_certifies_nothing() -> None:
    assert not holds(Certification(IZUMIOTSU, SignIn.CERTIFICATE), [OSAKA], SignIn.OPEN)


def test_the_strictest_organisation_decides_and_of_equals_the_main_one() -> None:
    assert deciding_organization([(OSAKA, SignIn.OPEN), (IZUMIOTSU, SignIn.SELF)]) == (IZUMIOTSU, SignIn.SELF)
    assert deciding_organization([(OSAKA, SignIn.ADMIN), (IZUMIOTSU, SignIn.ADMIN)]) == (OSAKA, SignIn.ADMIN)


def test_a_client_stays_the_same_over_its_versions_and_no_further() -> None:
    assert same_client("Element/1.6.3 (Pixel 7; Android 14)", "Element/1.6.10 (Pixel 7; Android 15)")
    assert not same_client("Element/1.6.3 (Pixel 7; Android 14)", "Element/1.6.3 (iPhone; iOS 17)")
    assert not same_client("Element/1.6.3", "")


def test_a_device_may_change_its_address_but_not_its_name() -> None:
    asked = Appearance("192.0.2.1", "Element/1.6.3", "電話")
    assert same_device(asked, Appearance("198.51.100.9", "Element/1.6.4", "電話"))
    assert not same_device(asked, Appearance("192.0.2.1", "Element/1.6.3", "別の電話"))
    assert not same_device(asked, Appearance("192.0.2.1", "curl/8.0", "電話"))


def test_numbers_are_short_and_grow_before_they_run_out() -> None:
    assert number_of(7, 0) == "0007"
    assert number_of(123_456_789, 0) == "6789"
    assert {len(number_of(123_456_789, taken)) for taken in range(1001)} == {SHORTEST_NUMBER}
    assert number_of(123_456_789, 1001) == "456789"
    assert number_of(123_456_789, 100_001) == "23456789"


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("!承認 1234", Instruction(Verb.APPROVE, "1234")),
        ("！承認　１２３４", Instruction(Verb.APPROVE, "1234")),
        ("  !Approve 1234  ", Instruction(Verb.APPROVE, "1234")),
        ("!ｄｅｎｙ\n1234", Instruction(Verb.DENY, "1234")),
        ("!拒否", Instruction(Verb.DENY, "")),
        ("!紛失 はい", Instruction(Verb.LOST, "はい")),
        ("> <@kairan:a> 番号 1\n> 2\n\n!承認 1", Instruction(Verb.APPROVE, "1")),
    ],
)
def test_an_instruction_is_read_as_people_type_it(body: str, read: Instruction) -> None:
    assert read_instruction(body) == read


@pytest.mark.parametrize(
    "body",
    ["", "!", "！", "承認 1234", "きょうは !承認 1234", "!承認1234", "!ヘルプ", "!!承認 1", "!承認 1" + " " * 2000],
)
def test_what_is_no_instruction_is_left_alone(body: str) -> None:
    assert read_instruction(body) is None


def test_every_verb_has_a_name_in_both_languages_and_none_two_meanings() -> None:
    assert set(VERB_NAMES) == set(Verb)
    names = [name for each in VERB_NAMES.values() for language in Language for name in each[language]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("mode", [SignIn.SELF, SignIn.ADMIN])
def test_the_refusal_has_the_number_in_both_languages(mode: SignIn) -> None:
    japanese, english = approval_sentence(mode, "0815").split(" / ")
    assert "0815" in japanese
    assert "0815" in english
    assert "10 分" in japanese
