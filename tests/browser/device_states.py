"""Every state of the page about devices. Part of `states.STATES`."""

import json

from playwright.sync_api import Page, Route

from tests.browser.conftest import Site, Visit


def opened(visit: Visit) -> Page:
    visit.take_session()
    page = visit.open("/devices")
    page.locator(".lost").wait_for()
    return page


def devices_and_what_waits(visit: Visit, site: Site) -> None:
    opened(visit)


def devices_seen_from_the_internet(visit: Visit, site: Site) -> None:
    def elsewhere(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=json.dumps({**answer.json(), "zone": "internet"}))

    visit.page.route("**/api/session", elsewhere)
    opened(visit)


def devices_none(visit: Visit, site: Site) -> None:
    site.homeserver.devices.devices, site.homeserver.devices.requests = [], []
    opened(visit)


def devices_revoking(visit: Visit, site: Site) -> None:
    opened(visit).locator(".button--ask").nth(1).click()
    visit.page.locator(".card__question").wait_for()


def devices_revoked(visit: Visit, site: Site) -> None:
    devices_revoking(visit, site)
    visit.page.locator(".card__question .button--solid").click()
    visit.page.locator(".devices__done").wait_for()


def devices_number_over(visit: Visit, site: Site) -> None:
    page = opened(visit)
    site.homeserver.devices.requests = []
    page.locator("kairan-request-card .button--solid").click()
    page.locator("kairan-request-card .notice").wait_for()


def devices_lost(visit: Visit, site: Site) -> None:
    opened(visit).locator(".lost button").click()
    visit.page.locator(".lost .button--solid").wait_for()


def devices_of_an_organization(visit: Visit, site: Site) -> None:
    site.homeserver.devices.administers = ["272060"]
    opened(visit).locator(".organization kairan-device-card").nth(2).wait_for()


def devices_server_gone(visit: Visit, site: Site) -> None:
    visit.take_session()
    site.homeserver.broken = True
    visit.open("/devices").locator(".notice .button").wait_for()


DEVICE_STATES = (
    devices_and_what_waits,
    devices_seen_from_the_internet,
    devices_none,
    devices_revoking,
    devices_revoked,
    devices_number_over,
    devices_lost,
    devices_of_an_organization,
    devices_server_gone,
)
