"""How much a first view loads, and how soon it is there on a slow machine.

The aims are 100 kB compressed and 1 s on a CPU slowed four times. The bytes are held exactly. Of the time, what the
page's own thread computes until then is held at 2 s (it depends less on who else uses the machine), and the time by the
clock at 6 s. Both are written down as measured (`pytest -rP`, and the JUnit report). They are held so loosely because
machines are shared: a test that fails because of its neighbours is soon ignored.
"""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import frozen
from playwright.sync_api import Browser

from tests.browser.conftest import PHONE, Site, Visit, visiting

pytestmark = pytest.mark.needs("chromium", "fonts-noto-cjk")

LIMIT = 100_000
"""Bytes over the wire, headers included."""

AIM_MS, COMPUTED_MS, SHOWN_MS = 1_000, 2_000, 6_000
SLOWDOWN = 4

STAMP = """new MutationObserver((_, observer) => {
  if (!document.querySelector('#user, .people__link')) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.shownAfter = performance.now(); }));
}).observe(document, { childList: true, subtree: true });"""

# Not wait_for_function: it would need eval, which the pages' policy forbids.
SHOWN = """() => new Promise((resolve) => {
  const look = () => (window.shownAfter ? resolve(window.shownAfter) : setTimeout(look, 20));
  look();
})"""


@frozen
class FirstView:
    """Milliseconds by the clock until what one came for is painted, milliseconds of computing, and bytes."""

    shown: float
    computed: float
    received: int


def first_view(visit: Visit, path: str) -> FirstView:
    """Go there with nothing kept from before."""
    page = visit.page
    devtools = visit.context.new_cdp_session(page)
    received: list[int] = []

    def finished(event: dict[str, Any]) -> None:
        received.append(int(event["encodedDataLength"]))

    devtools.on("Network.loadingFinished", finished)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.add_init_script(STAMP)
    visit.open(path)
    shown = float(page.evaluate(SHOWN))
    metrics = {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}
    page.wait_for_load_state("networkidle")
    return FirstView(shown, metrics["TaskDuration"] * 1000, sum(received))


@pytest.mark.parametrize("path", ["/login", "/phonebook"])
def test_a_first_view_is_light_and_soon_there_on_a_slow_machine(
    browser: Browser, site: Site, path: str, record_property: Callable[[str, object], None]
) -> None:
    measured = []
    for _ in range(3):
        with visiting(browser, site.url, viewport=PHONE) as visit:
            if path == "/phonebook":
                visit.take_session()
            measured.append(first_view(visit, path))
    received = max(view.received for view in measured)
    shown, computed = min(view.shown for view in measured), min(view.computed for view in measured)
    print(
        f"{path}: {received} bytes, shown after {shown:.0f} ms (aim {AIM_MS}), of which {computed:.0f} ms computing, "
        f"on a CPU slowed {SLOWDOWN} times, best of 3"
    )
    for name, value in (("bytes", received), ("shown_ms", round(shown)), ("computed_ms", round(computed))):
        record_property(name, value)
    assert received < LIMIT
    assert computed < COMPUTED_MS
    assert shown < SHOWN_MS


def test_a_second_view_loads_no_file_again(visit: Visit) -> None:
    page = visit.sign_in()
    page.reload()
    page.locator(".people__link").first.wait_for()
    sizes: list[int] = page.evaluate(
        "performance.getEntriesByType('resource').filter((e) => e.name.includes('/static/')).map((e) => e.transferSize)"
    )
    assert len(sizes) > 10
    assert sum(sizes) == 0
