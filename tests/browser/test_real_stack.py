"""The pages in a browser before the running demonstration: real homeservers, modules and bridges."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visit, visiting
from tests.browser.looking import picture, violations
from tests.e2e.approving import approve, number_in
from tests.e2e.running import Account, RunningStack

pytestmark = pytest.mark.needs("chromium", "fonts-noto-cjk")

IZUMIOTSU, COUNCIL = "272060", "272060/council"

both_networks = pytest.mark.parametrize("zone", ["lgwan", "internet"])


@contextmanager
def signed_in(browser: Browser, stack: RunningStack, account: Account, zone: str) -> Iterator[tuple[Visit, Page]]:
    """Sign in by the form, as a person does, and come to the phone book."""
    with visiting(browser, stack.servers[account.server].web[zone].rstrip("/")) as visit:
        page = visit.open("/phonebook")
        page.get_by_label("ユーザー名").fill(account.user_id.partition(":")[0].removeprefix("@"))
        page.get_by_label("パスワード", exact=True).fill(account.password)
        page.get_by_role("button", name="サインイン").click()
        refusal = page.get_by_role("alert").filter(has_text="番号")
        refusal.or_(page.locator(".people")).first.wait_for()
        if refusal.count():
            # 泉大津市 wants new devices on the Internet side approved from LGWAN.
            number = number_in(refusal.inner_text())
            assert number is not None
            approve(stack.servers[account.server], account, number)
            page.get_by_role("button", name="サインイン").click()
        page.locator(".people").wait_for()
        yield visit, page


@both_networks
def test_a_member_of_staff_finds_a_colleague_and_the_way_into_a_chat(
    browser: Browser, stack: RunningStack, zone: str
) -> None:
    me = stack.account("osaka", IZUMIOTSU, number=0)
    colleague = stack.account("osaka", IZUMIOTSU, number=1)
    with signed_in(browser, stack, me, zone) as (_, page):
        expect(page.locator(".header__person")).to_contain_text(me.name)
        expect(page.locator(".tree__link[aria-current]")).to_have_count(1)
        page.locator("#query").fill(colleague.name.replace(" ", ""))
        expect(page.locator("#list-title")).to_contain_text("の検索結果")
        row = page.locator(f".people__link[data-user='{colleague.user_id}']")
        expect(row).to_contain_text(colleague.name)
        row.click()
        expect(page.locator(".panel__name")).to_have_text(colleague.name)
        expect(page.locator(".posting").first).to_contain_text("泉大津市")
        chat = page.get_by_role("link", name="チャットを始める")
        expect(chat).to_have_attribute("href", f"https://matrix.to/#/{colleague.user_id}")
        assert violations(page) == []
        picture(page, f"phonebook-{zone}")


def test_a_reading_finds_people_of_ones_own_organisation_first(browser: Browser, stack: RunningStack) -> None:
    with signed_in(browser, stack, stack.account("osaka", IZUMIOTSU), "lgwan") as (_, page):
        page.locator("#query").fill("たなか")
        expect(page.locator(".people__group").first).to_contain_text("泉大津市")
        expect(page.locator(".people__name").first).to_contain_text("田中")


def test_a_walled_organisation_is_seen_from_inside_only(browser: Browser, stack: RunningStack) -> None:
    councillor = stack.account("osaka", COUNCIL)
    with signed_in(browser, stack, councillor, "lgwan") as (_, page):
        expect(page.locator(".tree__top")).to_have_count(1)
        page.locator(".tree__top > .tree__row .tree__link").click()
        page.wait_for_url("**organization=272060%2Fcouncil")
        expect(page.locator(f".people__link[data-user='{councillor.user_id}']")).to_be_visible()
    with signed_in(browser, stack, stack.account("osaka", IZUMIOTSU), "lgwan") as (visit, page):
        visit.open(f"/phonebook?q={councillor.name}&person={councillor.user_id}")
        expect(page.locator(".panel .notice")).to_be_visible()
        expect(page.locator(f".people__link[data-user='{councillor.user_id}']")).to_have_count(0)
        visit.open("/phonebook?organization=272060%2Fcouncil")
        expect(page.locator(".phonebook__list .notice")).to_be_visible()


def test_a_wrong_password_is_refused_in_words(browser: Browser, stack: RunningStack) -> None:
    account = stack.account("osaka", "270008")
    with visiting(browser, stack.servers["osaka"].web["lgwan"].rstrip("/")) as visit:
        page = visit.open("/login")
        page.get_by_label("ユーザー名").fill(account.user_id)
        page.get_by_label("パスワード", exact=True).fill("wrong")
        page.get_by_role("button", name="サインイン").click()
        expect(page.get_by_role("alert").filter(has_text="違います")).to_be_visible()


def test_signing_out_ends_the_session_on_the_homeserver(browser: Browser, stack: RunningStack) -> None:
    account = stack.account("osaka", IZUMIOTSU)
    with signed_in(browser, stack, account, "internet") as (visit, page):
        kept = visit.context.cookies()
        page.get_by_role("button", name="サインアウト").click()
        page.get_by_label("ユーザー名").wait_for()
        # A cookie that somebody kept is of no use any more: its token has ended.
        visit.context.add_cookies([{"name": c["name"], "value": c["value"], "url": visit.url} for c in kept])
        answer = visit.context.request.get(f"{visit.url}/api/kairan/me")
        assert (answer.status, answer.json()["errcode"]) == (401, "M_UNKNOWN_TOKEN")


def test_a_language_that_was_chosen_on_the_page_holds_on_the_other_network(
    browser: Browser, stack: RunningStack
) -> None:
    account = stack.account("osaka", "270008")
    with signed_in(browser, stack, account, "lgwan") as (_, page):
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="Phone book")).to_be_visible()
    with signed_in(browser, stack, account, "internet") as (_, page):
        expect(page.get_by_role("heading", name="Phone book")).to_be_visible()
        page.get_by_role("button", name="日本語").click()
        expect(page.get_by_role("heading", name="電話帳")).to_be_visible()
