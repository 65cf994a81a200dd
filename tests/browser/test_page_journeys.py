"""What people do with the pages, from the first key to the last, and what the address remembers."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Site, Visit, visiting
from tests.browser.fake_homeserver import PASSWORD
from tests.browser.town_of_sixty import SERVER

pytestmark = pytest.mark.needs("chromium", "fonts-noto-cjk")

YAMAMOTO = f"@1002:{SERVER}"


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press the key until the element has the keyboard; with few enough presses to be usable."""
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{key} never came to {selector}")


def focus_is_visible(page: Page) -> bool:
    """Whether the focused element wears the ring."""
    return bool(page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2"))


def test_signing_in_finding_a_person_and_leaving_take_only_the_keyboard(visit: Visit, site: Site) -> None:
    page = visit.open("/phonebook?q=やまもと")
    page.locator("#user").wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="本文へ移動する")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("ユーザー名")).to_be_focused()
    assert focus_is_visible(page)
    page.keyboard.insert_text("1001")
    page.keyboard.press("Tab")
    page.keyboard.insert_text(PASSWORD)
    page.keyboard.press("Enter")

    page.locator(".people").wait_for()
    assert page.url.startswith(f"{site.url}/phonebook?q=")
    tab_to(page, "#query")
    assert focus_is_visible(page)
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("2102")
    expect(page.locator(".people__link")).to_have_count(1)
    tab_to(page, ".people__link")
    assert focus_is_visible(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="山本 陽子")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="チャットを始める")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("link", name="閉じる")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".people__link")).to_be_focused()

    tab_to(page, ".header button:last-child", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login")
    page.locator("#user").wait_for()
    assert site.homeserver.tokens == set()


def test_the_tree_is_opened_and_followed_by_keyboard(visit: Visit) -> None:
    page = visit.sign_in()
    toggle = page.get_by_role("button", name="大阪府を開く")
    toggle.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="大阪府を閉じる")).to_have_attribute("aria-expanded", "true")
    page.get_by_role("button", name="政策企画部を開く").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#list-title")).to_have_text("危機管理室")
    expect(page.locator(".tree__link[aria-current]")).to_contain_text("危機管理室")
    assert page.url.endswith("/phonebook?organization=270008&section=A11")


def test_the_chat_button_is_a_link_to_the_person_and_asks_nothing_itself(visit: Visit) -> None:
    page = visit.sign_in(f"/phonebook?person={YAMAMOTO}")
    link = page.get_by_role("link", name="チャットを始める")
    expect(link).to_have_attribute("href", f"https://matrix.to/#/@1002:{SERVER}")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener")


def test_a_user_id_can_be_copied_for_clients_that_ask_for_one(browser: Browser, site: Site) -> None:
    with visiting(browser, site.url, permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = visit.sign_in(f"/phonebook?person={YAMAMOTO}")
        page.get_by_role("button", name="コピー").click()
        expect(page.get_by_text("コピーしました")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == YAMAMOTO


def test_back_forward_and_reload_lead_to_the_same_screens(visit: Visit) -> None:
    page = visit.sign_in()
    title = page.locator("#list-title")
    expect(title).to_have_text("危機管理課")
    page.locator(".tree__link", has_text="人事課").click()
    expect(title).to_have_text("人事課")
    page.locator("#query").fill("田中")
    expect(title).to_have_text("「田中」の検索結果")
    page.locator(".people__link").first.click()
    name = page.locator(".panel__name")
    expect(name).to_contain_text("田中")
    page.reload()
    expect(title).to_have_text("「田中」の検索結果")
    expect(name).to_contain_text("田中")
    expect(page.locator("#query")).to_have_value("田中")
    page.go_back()
    expect(name).to_have_count(0)
    page.go_back()
    expect(title).to_have_text("人事課")
    expect(page.locator("#query")).to_have_value("")
    page.go_back()
    expect(title).to_have_text("危機管理課")
    page.go_forward()
    expect(title).to_have_text("人事課")


def test_typing_on_leaves_one_entry_in_the_history(visit: Visit) -> None:
    page = visit.sign_in()
    before = page.evaluate("history.length")
    for query in ("た", "たな", "たなか"):
        page.locator("#query").fill(query)
        expect(page.locator("#list-title")).to_have_text(f"「{query}」の検索結果")
    assert page.evaluate("history.length") == before + 1


def test_an_older_search_that_answers_late_does_not_replace_the_newer(visit: Visit, site: Site) -> None:
    page = visit.sign_in()
    site.homeserver.slow_for["や"] = 1.5
    with page.expect_event("requestfailed", lambda request: "q=%E3%82%84" in request.url):
        page.locator("#query").fill("や")
        page.locator(".phonebook__list .loading").wait_for()
        page.locator("#query").fill("たか")
    expect(page.locator("#list-title")).to_have_text("「たか」の検索結果")
    expect(page.locator(".loading")).to_have_count(0)
    expect(page.locator(".people__name").first).to_contain_text("髙橋")


def test_a_pause_between_keys_is_waited_for_before_searching(visit: Visit, site: Site) -> None:
    page = visit.sign_in()
    site.homeserver.asked.clear()
    page.locator("#query").press_sequentially("2102", delay=10)
    expect(page.locator(".people__link")).to_have_count(1)
    searches = [path for path in site.homeserver.asked if "/phonebook" in path]
    assert searches[-1].startswith("/_synapse/client/kairan/v1/phonebook?q=2102")
    assert len(searches) < 4


def test_a_person_who_is_chosen_right_after_typing_stays_chosen(visit: Visit) -> None:
    page = visit.sign_in()
    page.evaluate(
        """() => { const input = document.querySelector('#query');
          input.value = '山本'; input.dispatchEvent(new InputEvent('input'));
          document.querySelector(`.people__link[data-user="@1002:osaka.example"]`).click(); }"""
    )
    expect(page.locator("#list-title")).to_have_text("「山本」の検索結果")
    expect(page.locator(".panel__name")).to_have_text("山本 陽子")


def test_a_japanese_input_method_searches_while_it_composes(visit: Visit, site: Site) -> None:
    page = visit.sign_in()
    page.locator("#query").focus()
    keyboard = visit.context.new_cdp_session(page)
    for text in ("た", "たk", "たか", "たかh"):
        keyboard.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    expect(page.locator("#list-title")).to_have_text("「たか」の検索結果")
    assert page.locator("#query").input_value() == "たかh"
    keyboard.send("Input.insertText", {"text": "髙橋"})
    expect(page.locator("#list-title")).to_have_text("「髙橋」の検索結果")
    assert not any("k&" in path or "h&" in path for path in site.homeserver.asked)


def test_results_are_counted_aloud_and_grouped_by_organisation(visit: Visit) -> None:
    page = visit.sign_in()
    page.locator("#query").fill("危機管理")
    spoken = page.get_by_role("status").filter(has_text="見つかりました")
    expect(spoken).to_have_text("「危機管理」で34人見つかりました。")
    groups = page.locator(".people__group")
    assert [text.split()[0] for text in groups.all_inner_texts()] == ["泉大津市", "大阪府", "堺市"]
    expect(groups.first).to_contain_text("あなたの組織")
    page.locator("#query").fill("無人")
    expect(page.get_by_role("status").filter(has_text="見つかりません")).to_have_count(1)


def test_a_long_list_comes_page_by_page_and_the_keyboard_follows(visit: Visit) -> None:
    page = visit.sign_in("/phonebook?q=2")
    expect(page.locator(".people__link")).to_have_count(50)
    expect(page.get_by_text("50人以上", exact=True)).to_be_visible()
    page.get_by_role("button", name="続きを見る").click()
    expect(page.locator(".people__link")).to_have_count(60)
    expect(page.locator(".people__link").nth(50)).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="10人を追加しました。")).to_have_count(1)
    expect(page.get_by_role("button", name="続きを見る")).to_have_count(0)


def test_a_search_can_be_narrowed_to_an_organisation_and_widened_again(visit: Visit) -> None:
    page = visit.sign_in("/phonebook?q=危機管理")
    page.locator(".tree__link", has_text="堺市").click()
    expect(page.locator(".people__link")).to_have_count(9)
    assert "organization=271403" in page.url
    page.get_by_role("link", name="すべての組織から探す").click()
    expect(page.locator(".people__link")).to_have_count(34)


def test_a_homeserver_that_comes_back_answers_the_retry(visit: Visit, site: Site) -> None:
    page = visit.sign_in()
    site.homeserver.broken = True
    page.locator("#query").fill("田中")
    expect(page.get_by_role("alert").filter(has_text="つながりません")).to_be_visible()
    site.homeserver.broken = False
    page.get_by_role("button", name="もう一度試す").click()
    expect(page.locator(".people__name").first).to_contain_text("田中")
    expect(page.locator(".notice")).to_have_count(0)


def test_a_sign_in_that_ended_elsewhere_leads_to_the_form_and_back(visit: Visit, site: Site) -> None:
    page = visit.sign_in("/phonebook?organization=272060&section=0102")
    site.homeserver.tokens.clear()
    page.locator(".people__link").first.click()
    page.locator("#user").fill("1001")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".posting").first.wait_for()
    assert re.search(r"/phonebook\?organization=272060&section=0102&person=%40\d+", page.url)


def test_a_wrong_password_keeps_what_was_typed(visit: Visit) -> None:
    page = visit.open("/login")
    page.get_by_label("ユーザー名").fill("1001")
    page.get_by_label("パスワード", exact=True).fill("wrong")
    page.get_by_role("button", name="サインイン").click()
    expect(page.get_by_role("alert").filter(has_text="違います")).to_be_visible()
    expect(page.get_by_label("ユーザー名")).to_have_value("1001")
    expect(page.get_by_label("パスワード", exact=True)).to_have_value("wrong")


def test_too_many_attempts_are_told_with_the_seconds_to_wait(visit: Visit, site: Site) -> None:
    site.homeserver.limited = True
    page = visit.open("/login")
    page.get_by_label("ユーザー名").fill("1001")
    page.get_by_label("パスワード", exact=True).fill("x")
    page.get_by_role("button", name="サインイン").click()
    expect(page.get_by_role("alert").filter(has_text="13秒待ってから")).to_be_visible()


def test_an_empty_field_is_named_in_a_summary_that_leads_to_it(visit: Visit) -> None:
    page = visit.open("/login")
    page.get_by_label("ユーザー名").fill("1001")
    page.get_by_role("button", name="サインイン").click()
    expect(page.locator(".summary")).to_be_focused()
    page.get_by_role("link", name="パスワードを入力してください。").click()
    expect(page.get_by_label("パスワード", exact=True)).to_be_focused()
    expect(page.get_by_label("パスワード", exact=True)).to_have_attribute("aria-invalid", "true")


def test_single_sign_on_comes_back_to_the_page_one_wanted(visit: Visit, site: Site) -> None:
    site.homeserver.flows = [{"type": "m.login.sso"}]
    page = visit.open("/phonebook?q=田中")
    page.get_by_role("link", name="庁内の認証でサインイン").click()
    page.locator(".people").wait_for()
    assert page.url.startswith(f"{site.url}/phonebook?q=")
    # The identity provider is the one other origin, and only as a place that one goes to.
    elsewhere = [address for address in visit.requested if not address.startswith(site.url)]
    assert [address.partition("?")[0] for address in elsewhere] == [
        f"{site.homeserver_url}/_matrix/client/v3/login/sso/redirect"
    ]
    visit.requested.clear()


def test_a_language_is_chosen_before_signing_in_and_kept_with_the_person_after(visit: Visit, site: Site) -> None:
    page = visit.open("/login?next=%2Fphonebook%3Fq%3D2101")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("User name").fill("1001")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Phone book")).to_be_visible()
    assert site.homeserver.language is None
    page.get_by_role("button", name="日本語").click()
    expect(page.get_by_role("heading", name="電話帳")).to_be_visible()
    assert site.homeserver.language == "ja"
    assert page.url.endswith("/phonebook?q=2101")


def test_a_persons_language_holds_in_a_browser_of_another(browser: Browser, site: Site) -> None:
    site.homeserver.language = "en"
    with visiting(browser, site.url) as visit:
        visit.sign_in()
        expect(visit.page.get_by_role("heading", name="Phone book")).to_be_visible()


def test_on_a_phone_a_person_takes_the_lists_place_and_gives_it_back(browser: Browser, site: Site) -> None:
    with visiting(browser, site.url, viewport=PHONE, has_touch=True, is_mobile=True) as visit:
        page = visit.sign_in()
        page.get_by_role("button", name="組織から探す").tap()
        page.locator(".tree__link", has_text="人事課").tap()
        expect(page.locator(".tree")).to_be_hidden()
        page.locator(".people__link").nth(20).tap()
        expect(page.locator(".people")).to_be_hidden()
        page.get_by_role("link", name="一覧に戻る").tap()
        expect(page.locator(".people__link").nth(20)).to_be_focused()


def test_what_a_name_contains_is_shown_and_never_run(visit: Visit, site: Site) -> None:
    evil = '<img src=x onerror="document.title=1">'
    site.homeserver.people[1]["name"] = evil
    page = visit.sign_in(f"/phonebook?person={YAMAMOTO}&q=%3C/script%3E%3Cscript%3Edocument.title=1%3C/script%3E")
    expect(page.locator(".panel__name")).to_have_text(evil)
    assert page.title() == "電話帳 | Kairan"
