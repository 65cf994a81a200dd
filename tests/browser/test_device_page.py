"""What people do on the page about devices."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Visit
from tests.browser.device_states import devices_of_an_organization, opened

pytestmark = pytest.mark.needs("chromium", "fonts-noto-cjk")


def test_a_device_is_approved_by_its_number_and_the_page_says_what_comes_next(visit: Visit, site: Site) -> None:
    page = opened(visit)
    card = page.locator("kairan-request-card")
    expect(card).to_contain_text("4821")
    expect(card).to_contain_text("Element X（新しい電話）")
    expect(card).to_contain_text("198.51.100.23")
    expect(card).to_contain_text("2025年12月1日（月）10:00")
    card.get_by_role("button", name="承認する 4821").click()
    expect(page.get_by_role("status").filter(has_text="10分以内に")).to_be_visible()
    expect(card).to_have_count(0)
    assert site.homeserver.devices.done == [("POST", "/devices/requests/4821/approve")]


def test_revoking_asks_back_and_can_be_left(visit: Visit, site: Site) -> None:
    page = opened(visit)
    card = page.locator("kairan-device-card").filter(has_text="わたしの電話")
    card.get_by_role("button", name="取り消す").click()
    expect(card).to_contain_text("二度とサインインできません")
    card.get_by_role("button", name="やめる").click()
    expect(card.get_by_role("button", name="取り消す")).to_be_focused()
    assert site.homeserver.devices.done == []
    card.get_by_role("button", name="取り消す").click()
    card.get_by_role("button", name="取り消してサインアウトする").click()
    expect(card).to_have_count(0)
    assert site.homeserver.devices.done == [("DELETE", "/devices/PHONE")]
    # The next card does not inherit the question.
    expect(page.locator(".card__question")).to_have_count(0)


def test_a_lost_device_takes_two_presses_and_leads_to_the_sign_in(visit: Visit, site: Site) -> None:
    page = opened(visit)
    page.get_by_role("button", name="端末をなくした").click()
    assert site.homeserver.devices.done == []
    page.get_by_role("button", name="すべての端末からサインアウトする").click()
    page.locator("#user").wait_for()
    assert site.homeserver.devices.done == [("POST", "/devices/lost")]


def test_a_device_that_is_not_certified_can_be_from_here(visit: Visit, site: Site) -> None:
    page = opened(visit)
    buttons = page.get_by_role("button", name="登録する")
    expect(buttons).to_have_count(1)
    buttons.click()
    expect(page.get_by_role("status").filter(has_text="登録しました")).to_be_visible()
    assert site.homeserver.devices.done == [("POST", "/devices/TABLET/certify")]


def test_an_administrator_approves_and_revokes_for_the_organisation(visit: Visit, site: Site) -> None:
    devices_of_an_organization(visit, site)
    section = visit.page.locator(".organization")
    expect(section.get_by_role("heading", name="泉大津市の端末")).to_be_visible()
    section.get_by_role("button", name="拒否する 4821").click()
    expect(section.locator("kairan-request-card")).to_have_count(0)
    card = section.locator("kairan-device-card").filter(has_text="職員 2（泉大津市）")
    card.get_by_role("button", name="取り消す").click()
    card.get_by_role("button", name="取り消してサインアウトする").click()
    expect(card).to_have_count(0)
    assert [path.rpartition("/")[2] for _, path in site.homeserver.devices.done] == ["deny", "D2"]
