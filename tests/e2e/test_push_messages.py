"""Push messages in a browser: it takes them on a page, and its service worker shows what the site sends."""

import json

import pytest

from sdsite.accounts.models import PushDevice, User
from sdsite.accounts.notices import notify
from sdsite.accounts.notices.push.devices import add_device
from sdsite.accounts.notices.push.messages import payload_of
from tests.e2e.test_notices import shoot
from tests.e2e.test_studio import CHROMIUM, _database_beside_playwright, launched, page  # noqa: F401
from tests.sdsite.accounts.notices.conftest import push_browser  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]

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


@pytest.fixture(scope="module")
def browser():
    """The whole Chromium: without windows it has no notifications."""
    with launched(CHROMIUM) as browser:
        yield browser


SUBSCRIBE = """
PushManager.prototype.getSubscription = async () => null;
PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => ({
  toJSON: () => userVisibleOnly && applicationServerKey.length === 65 ? window.subscription : {} });
"""


SUBSCRIBED = """(endpoint) => {
    PushManager.prototype.getSubscription = async () => ({ endpoint, unsubscribe: () => window.unsubscribed() });
}"""


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

    add_device(user=alice, endpoint=subscription["endpoint"], **push_browser.keys)
    ended = []
    page.expose_function("unsubscribed", lambda: ended.append(True))
    page.evaluate(SUBSCRIBED, subscription["endpoint"])
    page.get_by_role("button", name="Account", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")
    assert ended == [True]
    assert not PushDevice.objects.exists()
