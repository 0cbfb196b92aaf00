"""The moderation desk in a browser: deciding by keys with a reason, and undoing."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from playwright.sync_api import expect

from gallery.actions.bulk.run import run_action
from gallery.actions.moderation import quarantine
from gallery.actions.sharing import report_image
from gallery.models import Image, Report
from generation.models import Checkpoint
from tests.e2e.test_library import fill
from tests.e2e.test_studio import _database_beside_playwright, browser  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.clients.logged_in import client_of
from tests.support.factories import end_job, make_image, make_job, make_user

pytestmark = [pytest.mark.django_db(transaction=True)]
PATIENCE_MS = 60_000  # for what takes a dozen requests, one after the other


@pytest.fixture
def tabs(browser, live_site):  # noqa: F811
    """Return a function that opens a tab of a person; a fault of a script fails the test."""
    contexts, faults = [], []

    def open_tab(user):
        context = browser.new_context(base_url=live_site.url, viewport={"width": 1440, "height": 900})
        session = client_of(user).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_site.url}])
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: faults.append(f"{error.message}\n{error.stack}"))
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert faults == []


def filter_of(tab):
    return tab.locator(".tile__image").first.evaluate("(image) => getComputedStyle(image).filter")


def moderator(name):
    user = make_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_image", "delete_image"]))
    return user


def follow(tab, path):
    """Open a page, and wait until its connection has brought the snapshot: what happens from now on reaches it."""
    heard = []
    tab.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(frame)))
    tab.goto(path)
    for _ in range(1500):
        if heard:
            return
        tab.wait_for_timeout(20)
    raise AssertionError(f"{path} hears nothing")


def choose(tab, title, *, reason, go, text=""):
    """Answer the dialog that asks why."""
    dialog = tab.get_by_role("dialog", name=title)
    dialog.get_by_label("Reason").select_option(label=reason)
    dialog.get_by_label("In your own words, for the owner").fill(text)
    dialog.get_by_role("button", name=go).click()


def test_images_are_decided_about_by_keys(tabs):
    alice, charlie, bob = make_user("alice"), make_user("charlie"), moderator("bob")
    job = make_job(alice, Checkpoint.objects.get(slug="starter"), count=2)
    end_job(job)
    held = [make_image(alice, job_id=job.pk, prompt=f"heart {place}", index=place) for place in range(2)]
    quarantine(images=Image.objects.filter(pk__in=[image.pk for image in held]), actor=None)
    reported = make_image(alice, prompt="a red flag")
    run_action(owner=alice, action="visibility", value="public", ids=[reported.pk])
    report_image(reporter=charlie, image=reported, reason="violence", text="It frightens children.")

    library, desk, explore, page = tabs(alice), tabs(bob), tabs(charlie), tabs(charlie)
    follow(explore, "/explore/")
    follow(page, f"/images/{reported.pk}/")
    expect(explore.locator(".tile.is-loaded")).to_have_count(1)
    expect(page.locator("[data-stage] img.viewer__image")).to_have_attribute("src", re.compile("file"))
    library.goto("/")  # the studio shows the job that ended last
    expect(library.locator("[data-tile][data-broken='Under review']")).to_have_count(2)
    library.goto("/library/")
    expect(library.locator(".tile--withheld")).to_have_count(2)
    desk.goto("/moderation/")
    expect(desk.locator(".tile.is-loaded")).to_have_count(2)
    assert filter_of(desk).startswith("blur")
    desk.locator(".tile__link").first.focus()
    desk.keyboard.press("v")
    assert filter_of(desk) == "none"
    desk.keyboard.press("v")
    panel = desk.get_by_role("complementary", name="About the image")
    panel.get_by_text("Record of alice").wait_for()
    for width, scheme in ((1440, "dark"), (390, "light")):
        desk.set_viewport_size({"width": width, "height": 844})
        desk.emulate_media(color_scheme=scheme)
        assert desk.evaluate("document.documentElement.scrollWidth") <= width
        assert axe_violations(desk) == []
    desk.set_viewport_size({"width": 1440, "height": 900})

    desk.locator(".tile__link").first.focus()
    desk.keyboard.press("Space")
    desk.keyboard.press("Shift+ArrowRight")
    desk.get_by_text("2 selected").wait_for()
    desk.keyboard.press("a")
    desk.get_by_text("2 images approved").hover()  # it stays as long as the pointer is on it
    desk.get_by_text("No image is under review.").wait_for()
    expect(library.locator(".tile--withheld")).to_have_count(0)  # without a reload
    expect(library.locator(".tile.is-loaded")).to_have_count(3)
    desk.get_by_role("button", name="Undo").click()
    expect(desk.locator(".tile")).to_have_count(2)
    expect(library.locator(".tile--withheld")).to_have_count(2)

    desk.get_by_role("link", name="Reported").click()
    desk.get_by_role("gridcell").get_by_role("link", name="a red flag, shared, alice · Violence").focus()
    panel.get_by_text("It frightens children.").wait_for()
    desk.keyboard.press("p")
    desk.get_by_role("dialog", name="Make 1 image private").wait_for()
    assert axe_violations(desk) == []
    choose(desk, "Make 1 image private", reason="Violence", go="Make private")
    desk.get_by_text("No report is open.").wait_for()
    assert Image.objects.get(pk=reported.pk).visibility == "private"
    expect(explore.locator(".tile")).to_have_count(0)  # of others too, without a reload
    expect(page.get_by_text("This image is not to be seen any more.").first).to_be_visible()
    expect(page.locator("[data-stage] img.viewer__image")).not_to_have_attribute("src", re.compile("."))
    assert not Report.objects.open().exists()


def test_a_list_of_any_length_is_read_to_its_end(tabs):
    rows = fill(make_user("alice"), 1100)
    held_last = timezone.now()
    for place, row in enumerate(rows):
        row.quarantined_at = held_last - timedelta(minutes=place)
    Image.objects.bulk_update(rows, ["quarantined_at"], batch_size=500)
    desk = tabs(moderator("bob"))
    desk.route("**/thumbnail*", lambda route: route.abort())
    desk.goto("/moderation/")
    number, last = desk.locator("[data-number-shown]"), desk.locator(f"[data-image='{rows[-1].pk}']")
    expect(desk.locator(".tile").first).to_be_visible(timeout=PATIENCE_MS)
    expect(number).to_have_text("1,000+")
    desk.wait_for_function(
        """() => {
          scrollTo(0, document.documentElement.scrollHeight);
          return document.querySelector("[data-number-shown]").textContent === "1,100";
        }""",
        timeout=PATIENCE_MS,
    )
    expect(last).to_be_in_viewport(timeout=PATIENCE_MS)
    assert desk.locator(".tile").count() <= 600
    desk.wait_for_function("() => history.state?.grid?.index > 1000")
    desk.reload()
    expect(last).to_be_in_viewport(timeout=PATIENCE_MS)
    last.locator(".tile__link").focus()
    desk.keyboard.press("a")
    expect(last).to_have_count(0, timeout=PATIENCE_MS)
    expect(number).to_have_text("1,099")
