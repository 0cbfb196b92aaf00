"""Notices in a browser: the bell of every page, live, its menu, and the page of all of them."""

import os

import pytest

from sdsite.accounts.models import Notice, User
from sdsite.accounts.notices import notify
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.factories import make_user
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]
SHOTS = os.environ.get("SHOTS")
COUNTS = """([count, hidden]) => [...document.querySelectorAll("[data-bell-count]")].every(
    (node) => node.textContent === count && node.hidden === hidden)"""


def shoot(page, name):  # noqa: F811
    """Keep screenshots of the page where SHOTS names a folder."""
    for scheme in ("dark", "light") if SHOTS else ():
        page.emulate_media(color_scheme=scheme)
        for width in (1440, 1023, 768, 390):
            page.set_viewport_size({"width": width, "height": 844})
            page.wait_for_timeout(250)  # colours change slowly
            page.screenshot(path=f"{SHOTS}/{name}-{scheme}-{width}.png")
    page.set_viewport_size({"width": 1440, "height": 900})


def wait_for_count(page, count):  # noqa: F811
    page.wait_for_function(COUNTS, arg=[str(count), not count])


def test_the_bell_counts_live_and_its_menu_leads_to_what_happened(page):  # noqa: F811
    alice, bob = User.objects.get(username="alice"), make_user("bob")
    page.goto("/settings/shortcuts/")
    bell, menu = page.locator(".bell__button"), page.locator("#notice-menu")
    assert bell.get_attribute("aria-label") == "Notices"
    bell.press("Enter")
    menu.get_by_text("No notices yet.").wait_for()

    notify(alice, "collection_shared", actor=bob, collection="Skies", url="/collections/")
    wait_for_count(page, 1)
    assert bell.get_attribute("aria-label") == "Notices, 1 unread"
    menu.get_by_text("bob made you a member of the collection “Skies”.").wait_for()  # while it is open
    notify(alice, "budget_low", percent=80)
    wait_for_count(page, 2)
    menu.get_by_text("80 %").wait_for()
    assert axe_violations(page) == []
    shoot(page, "bell")
    menu.get_by_role("button", name="Mark all as read").click()
    wait_for_count(page, 0)
    page.wait_for_function("() => !document.querySelector('#notice-menu .notices__row--unread')")
    assert not menu.get_by_role("button", name="Mark all as read").is_visible()

    notify(alice, "budget_used")
    wait_for_count(page, 1)
    menu.get_by_role("link", name="made you a member").click()
    page.wait_for_url("**/collections/")
    page.set_viewport_size({"width": 390, "height": 844})
    link = page.locator(".bell__link")
    assert not page.locator(".bell__button").is_visible()
    assert link.get_attribute("aria-label") == "Notices, 1 unread"
    link.click()
    page.get_by_role("heading", name="Notices", exact=True).wait_for()
    assert page.locator("main .notices__row").count() == 3
    assert axe_violations(page) == []
    shoot(page, "notices")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Mark all as read").first.click()
    wait_for_count(page, 0)
    wait_for(lambda: not Notice.objects.unread().exists(), what="everything to be read")
