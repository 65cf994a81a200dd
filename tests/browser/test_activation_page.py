"""A person sets their password with a link."""

from playwright.sync_api import expect

from tests.browser.activation_states import activation_done, activation_form, activation_weak_password
from tests.browser.conftest import Site, Visit


def test_the_token_goes_into_no_address_and_does_not_stay_in_the_history(visit: Visit, site: Site) -> None:
    token = site.homeserver.link
    activation_done(visit, site)
    assert visit.page.evaluate("location.href") == f"{site.url}/activate"
    assert [address for address in visit.requested if token in address.partition("#")[0]] == []
    assert [path for path in site.homeserver.asked if token in path] == []
    visit.page.reload()
    expect(visit.page.locator(".notice")).to_be_visible()


def test_the_rules_are_shown_before_and_what_is_wrong_at_the_field(visit: Visit, site: Site) -> None:
    activation_form(visit, site)
    rules = visit.page.locator("#rules li")
    assert rules.all_inner_texts()[:2] == ["14文字以上", "英小文字、英大文字、数字、そのほかのうち3種類以上"]
    activation_weak_password(visit, site)
    field = visit.page.locator("#password")
    expect(field).to_be_focused()
    expect(field).to_have_value("yamada")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert "password-error" in (field.get_attribute("aria-describedby") or "")


def test_it_can_be_done_by_keyboard_and_leads_to_signing_in(visit: Visit, site: Site) -> None:
    activation_form(visit, site)
    page = visit.page
    page.locator("#password").focus()
    page.keyboard.type("Ninety-9 tulips in a row")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#password")).to_have_attribute("type", "text")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".activate__done")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#user").wait_for()


def test_another_link_in_the_same_tab_is_looked_at_anew(visit: Visit, site: Site) -> None:
    visit.open("/activate#aLinkThatWasUsed012345").locator(".notice").wait_for()
    visit.page.evaluate(f"location.hash = '{site.homeserver.link}'")
    visit.page.locator("#password").wait_for()
