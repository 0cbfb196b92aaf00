"""Notices in a browser: the bell of every page, live, its menu, and the page of all of them."""

import json
import os

import pytest

from sdsite.accounts.models import Notice, PushDevice, User
from sdsite.accounts.notices import notify
from sdsite.accounts.notices.push.messages import payload_of
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.sdsite.accounts.notices.conftest import push_browser  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.factories import make_user
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]
SHOTS = os.environ.get("SHOTS")
COUNTS = """([count, hidden]) => [...document.querySelectorAll("[data-bell-count]")].every(
    (node) => node.textContent === count && node.hidden === hidden)"""


SHOWN = """() => navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then(
    ([shown]) => shown && [shown.title, shown.body, shown.tag, shown.data.url])"""


# A click on the notification, in the worker; the window that it opens is only written down.
CLICK = """async () => {
    const [notification] = await registration.getNotifications();
    const event = new NotificationEvent("notificationclick", { notification });
    let opened = "", work = null;
    event.waitUntil = (promise) => { work = promise; };
    clients.openWindow = async (url) => { opened = url; };
    dispatchEvent(event);
    await work;
    return opened;
}"""


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


SUBSCRIBE = """
PushManager.prototype.getSubscription = async () => null;
PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => ({
  toJSON: () => userVisibleOnly && applicationServerKey.length === 65 ? window.subscription : {} });
"""


def test_a_browser_takes_push_messages_and_shows_them(page, push_browser, live_site):  # noqa: F811
    """Everything but the vendor's push service is real: the browser itself hands the message to the site's worker."""
    alice = User.objects.get(username="alice")
    subscription = {"endpoint": "https://push.example.org/send/1", "keys": push_browser.keys}
    page.add_init_script(f"{SUBSCRIBE} window.subscription = {json.dumps(subscription)};")
    page.context.grant_permissions(["notifications"], origin=live_site.url)
    page.goto("/settings/notices/")
    page.get_by_role("button", name="Take push messages on this device").click()
    page.get_by_role("button", name="Remove").wait_for()
    device = PushDevice.objects.get()
    assert (device.person, device.endpoint) == (alice, subscription["endpoint"])
    assert axe_violations(page) == []
    shoot(page, "choices")

    notice = notify(alice, "budget_used")
    told = page.context.new_cdp_session(page)
    workers = []
    told.on("ServiceWorker.workerRegistrationUpdated", lambda event: workers.extend(event["registrations"]))
    told.send("ServiceWorker.enable")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    registration = wait_for(lambda: page.title() and workers, what="the worker")[-1]["registrationId"]
    push = {"origin": live_site.url, "registrationId": registration, "data": json.dumps(payload_of(notice))}
    told.send("ServiceWorker.deliverPushMessage", push)
    shown = wait_for(lambda: page.evaluate(SHOWN), what="the notification")
    text = "You have used all of your GPU time of 24 hours."
    assert shown == ["sdsite", text, f"notice {notice.pk}", f"/notices/{notice.pk}/"]
    assert page.context.service_workers[0].evaluate(CLICK) == f"{live_site.url}/notices/{notice.pk}/"
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("No devices yet.").wait_for()
    assert not PushDevice.objects.exists()
