"""Every state that the pages can be in, and how to get there. Written without words, for both languages."""

from collections.abc import Callable

from tests.browser.activation_states import ACTIVATION_STATES
from tests.browser.conftest import Site, Visit
from tests.browser.device_states import DEVICE_STATES
from tests.browser.town_of_sixty import SERVER

Arrive = Callable[[Visit, Site], None]

LONG_NAME = f"/phonebook?organization=272060&section=0201&person=%401003%3A{SERVER}"


def sign_in_form(visit: Visit, site: Site) -> None:
    visit.open("/login").locator("#user").wait_for()


def sign_in_nothing_entered(visit: Visit, site: Site) -> None:
    sign_in_form(visit, site)
    visit.page.locator("form .button--solid").click()
    visit.page.locator(".summary").wait_for()


def sign_in_refused(visit: Visit, site: Site) -> None:
    sign_in_form(visit, site)
    visit.page.locator("#user").fill("1001")
    visit.page.locator("#password").fill("wrong")
    visit.page.locator("form .button--solid").click()
    visit.page.locator(".notice").wait_for()


def sign_in_too_often(visit: Visit, site: Site) -> None:
    site.homeserver.limited = True
    sign_in_refused(visit, site)


def sign_in_single(visit: Visit, site: Site) -> None:
    providers = [{"id": "oidc-city", "name": "庁内認証基盤"}, {"id": "oidc-pref", "name": "府の認証"}]
    site.homeserver.flows = [
        {"type": "m.login.password"},
        {"type": "m.login.sso", "identity_providers": providers},
    ]
    visit.open("/login?problem=sso").locator(".login__or").wait_for()


def sign_in_impossible(visit: Visit, site: Site) -> None:
    site.homeserver.flows = []
    visit.open("/login").locator(".login__where").wait_for()


def sign_in_server_gone(visit: Visit, site: Site) -> None:
    site.homeserver.broken = True
    visit.open("/login").locator(".notice .button").wait_for()


def own_section(visit: Visit, site: Site) -> None:
    visit.sign_in()


def whole_organization(visit: Visit, site: Site) -> None:
    visit.sign_in("/phonebook?organization=272060")


def results(visit: Visit, site: Site) -> None:
    visit.sign_in("/phonebook?q=危機")


def results_to_be_continued(visit: Visit, site: Site) -> None:
    visit.sign_in("/phonebook?q=2").locator(".more").wait_for()


def results_narrowed(visit: Visit, site: Site) -> None:
    visit.sign_in("/phonebook?q=タナカ&organization=272060&section=0101")


def nobody_found(visit: Visit, site: Site) -> None:
    visit.sign_in("/phonebook?q=無人&organization=272060").locator(".empty").wait_for()


def nobody_posted(visit: Visit, site: Site) -> None:
    visit.sign_in("/phonebook?organization=272060&section=01").locator(".below").wait_for()


def person(visit: Visit, site: Site) -> None:
    visit.sign_in(f"/phonebook?person=%401002%3A{SERVER}").locator(".posting").nth(2).wait_for()


def person_long_name(visit: Visit, site: Site) -> None:
    visit.sign_in(LONG_NAME).locator(".posting").wait_for()


def person_self(visit: Visit, site: Site) -> None:
    visit.sign_in(f"/phonebook?person=%401001%3A{SERVER}").locator(".panel__self").wait_for()


def person_unknown(visit: Visit, site: Site) -> None:
    visit.sign_in(f"/phonebook?person=%409999%3A{SERVER}").locator(".panel .notice").wait_for()


def waiting(visit: Visit, site: Site) -> None:
    visit.sign_in()
    site.homeserver.slow_for["待"] = 20
    visit.page.locator("#query").fill("待")
    visit.page.locator(".phonebook__list .loading").wait_for()


def server_gone(visit: Visit, site: Site) -> None:
    visit.sign_in()
    site.homeserver.broken = True
    visit.page.locator("#query").fill("消")
    visit.page.locator(".phonebook__list .notice .button").wait_for()


def no_posting(visit: Visit, site: Site) -> None:
    visit.sign_in()
    site.homeserver.staff = False
    visit.open("/phonebook").locator(".notice").wait_for()


STATES: tuple[Arrive, ...] = (
    sign_in_form,
    sign_in_nothing_entered,
    sign_in_refused,
    sign_in_too_often,
    sign_in_single,
    sign_in_impossible,
    sign_in_server_gone,
    own_section,
    whole_organization,
    results,
    results_to_be_continued,
    results_narrowed,
    nobody_found,
    nobody_posted,
    person,
    person_long_name,
    person_self,
    person_unknown,
    waiting,
    server_gone,
    no_posting,
    *ACTIVATION_STATES,
    *DEVICE_STATES,
)
