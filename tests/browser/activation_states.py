"""Every state of the page for setting a password with a link. Part of `states.STATES`."""

from tests.browser.conftest import Site, Visit


def activation_form(visit: Visit, site: Site) -> None:
    visit.open(f"/activate#{site.homeserver.link}").locator("#password").wait_for()


def activation_without_password(visit: Visit, site: Site) -> None:
    activation_form(visit, site)
    visit.page.locator("form .button--solid").click()
    visit.page.locator("#password-error").wait_for()


def activation_weak_password(visit: Visit, site: Site) -> None:
    activation_form(visit, site)
    visit.page.locator("#password").fill("yamada")
    visit.page.locator("form .button--solid").click()
    visit.page.locator("#password-error li").nth(2).wait_for()


def activation_done(visit: Visit, site: Site) -> None:
    activation_form(visit, site)
    visit.page.locator("#password").fill("Ninety-9 tulips in a row")
    visit.page.locator("form .button--solid").click()
    visit.page.locator(".activate__done").wait_for()


def activation_link_dead(visit: Visit, site: Site) -> None:
    visit.open("/activate#aLinkThatWasUsed012345").locator(".notice").wait_for()


def activation_link_cut_off(visit: Visit, site: Site) -> None:
    visit.open("/activate").locator(".notice").wait_for()


def activation_too_often(visit: Visit, site: Site) -> None:
    site.homeserver.limited = True
    visit.open(f"/activate#{site.homeserver.link}").locator(".notice .button").wait_for()


def activation_server_gone(visit: Visit, site: Site) -> None:
    site.homeserver.broken = True
    visit.open(f"/activate#{site.homeserver.link}").locator(".notice .button").wait_for()


ACTIVATION_STATES = (
    activation_form,
    activation_without_password,
    activation_weak_password,
    activation_done,
    activation_link_dead,
    activation_link_cut_off,
    activation_too_often,
    activation_server_gone,
)
