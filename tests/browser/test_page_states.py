"""Every state of the pages, at a desk and on a phone, on paper, in Japanese and English.

At the end of each visit the fixture holds that nothing was asked of another origin and that the browser had
nothing to complain about, the Content-Security-Policy included.
"""

import re

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import DESK, PHONE, Site, Visit, visiting
from tests.browser.looking import overflows, picture, too_small, violations
from tests.browser.states import STATES, Arrive

pytestmark = pytest.mark.needs("chromium", "fonts-noto-cjk")

every_state = pytest.mark.parametrize("arrive", STATES, ids=lambda arrive: arrive.__name__)


@every_state
def test_a_state_is_accessible_at_a_desk_on_a_phone_and_on_paper(visit: Visit, site: Site, arrive: Arrive) -> None:
    arrive(visit, site)
    page, name = visit.page, arrive.__name__.replace("_", "-")
    assert violations(page) == []
    picture(page, f"pages-{name}")
    page.set_viewport_size(PHONE)
    assert violations(page) == []
    assert too_small(page) == []
    assert not overflows(page)
    picture(page, f"pages-{name}-phone")
    page.set_viewport_size(DESK)
    page.emulate_media(media="print")
    assert violations(page) == []


@every_state
def test_a_state_is_accessible_in_english(browser: Browser, site: Site, arrive: Arrive) -> None:
    with visiting(browser, site.url, locale="en-GB", viewport=PHONE) as visit:
        arrive(visit, site)
        assert visit.page.locator("html").get_attribute("lang") == "en"
        assert violations(visit.page) == []
        assert not overflows(visit.page)
        # Names, sections and titles stay Japanese and are marked so; nothing that we say does.
        said: str = visit.page.evaluate(
            """() => { const copy = document.body.cloneNode(true);
              copy.querySelectorAll('[lang=ja], script, code').forEach((element) => element.remove());
              return copy.textContent; }"""
        )
        quoted = re.sub("“[^”]*”|e-?mail|危機管理", "", said)
        assert re.findall(r"[぀-ヿ一-鿿]+", quoted) in ([], *([name] for name in ("日本語",)), *PROVIDERS)


PROVIDERS = (["庁内認証基盤", "府の認証"],)
"""The identity providers' own names."""


def test_large_text_still_fits(browser: Browser, site: Site) -> None:
    """WCAG 1.4.10: 1280 px at 400 % is 320 px wide."""
    with visiting(browser, site.url, viewport={"width": 320, "height": 256}) as visit:
        visit.sign_in("/phonebook?q=危機")
        assert not overflows(visit.page)


def test_a_list_prints_with_headings_date_and_everybody_on_it(visit: Visit, site: Site) -> None:
    page = visit.sign_in("/phonebook?organization=272060")
    page.set_viewport_size(DESK)
    page.emulate_media(media="print")
    assert page.locator(".people thead").is_visible()
    assert page.locator(".people__link").locator("visible=true").count() == 36
    assert re.search(r"\d{4}年\d{1,2}月\d{1,2}日（.）現在", page.locator(".print-only").inner_text())
    assert page.locator("button, input, .header, .skip-link, nav").locator("visible=true").count() == 0
    picture(page, "pages-print")
    assert page.pdf(format="A4").startswith(b"%PDF")
