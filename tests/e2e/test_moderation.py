"""Moderation in a browser: the grid of images under review and of reported ones, by keys, and the owner's open tab."""

import pytest
from django.contrib.auth.models import Permission
from playwright.sync_api import expect

from gallery.actions.bulk.run import run_action
from gallery.actions.moderation import quarantine
from gallery.actions.sharing import report_image
from gallery.models import Image, Report
from tests.e2e.test_studio import _database_beside_playwright, browser  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_image, make_user
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True)]


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
        tab.on("pageerror", lambda error: faults.append(str(error)))
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert faults == []


def filter_of(tab):
    return tab.locator(".tile__image").first.evaluate("(image) => getComputedStyle(image).filter")


def test_images_are_held_released_and_reports_ended_by_keys(tabs):
    alice, charlie, bob = make_user("alice"), make_user("charlie"), make_user("bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename__in=["view_image", "delete_image"]))
    held = [make_image(alice, prompt=f"heart {place}", index=place) for place in range(2)]
    quarantine(images=Image.objects.filter(pk__in=[image.pk for image in held]), actor=None)
    reported = make_image(alice, prompt="a red flag")
    run_action(owner=alice, action="visibility", value="public", ids=[reported.pk])
    report_image(reporter=charlie, image=reported, reason="violence", text="It frightens children.")

    library, desk = tabs(alice), tabs(bob)
    library.goto("/library/")
    expect(library.locator(".tile--withheld")).to_have_count(2)
    desk.goto("/moderation/")
    expect(desk.locator(".tile.is-loaded")).to_have_count(2)
    assert filter_of(desk).startswith("blur")
    desk.locator(".tile__link").first.focus()
    desk.keyboard.press("b")
    assert filter_of(desk) == "none"
    desk.keyboard.press("b")
    for width, scheme in ((1440, "dark"), (390, "light")):
        desk.set_viewport_size({"width": width, "height": 844})
        desk.emulate_media(color_scheme=scheme)
        assert desk.evaluate("document.documentElement.scrollWidth") <= width
        assert axe_violations(desk) == []

    desk.locator(".tile__link").first.focus()
    desk.keyboard.press("Space")
    desk.keyboard.press("Shift+ArrowRight")
    desk.get_by_text("2 selected").wait_for()
    desk.keyboard.press("r")
    desk.get_by_text("2 images approved").hover()  # it stays as long as the pointer is on it
    desk.get_by_text("No image is under review.").wait_for()
    expect(library.locator(".tile--withheld")).to_have_count(0)  # without a reload
    expect(library.locator(".tile.is-loaded")).to_have_count(3)
    desk.get_by_role("button", name="Undo").click()
    expect(desk.locator(".tile")).to_have_count(2)
    expect(library.locator(".tile--withheld")).to_have_count(2)

    desk.get_by_role("link", name="Reported").click()
    tile = desk.get_by_role("gridcell").get_by_role("link", name="a red flag, shared, alice · Violence")
    tile.focus()
    desk.keyboard.press("p")
    wait_for(lambda: Image.objects.get(pk=reported.pk).visibility == "private", what="the image to be private")
    tile = desk.get_by_role("gridcell").get_by_role("link", name="a red flag, alice · Violence", exact=True)
    tile.focus()
    desk.keyboard.press("Shift+F10")
    desk.get_by_role("menuitem", name="Read reports…").click()
    dialog = desk.get_by_role("dialog", name="Reports of an image of alice")
    dialog.get_by_text("It frightens children.").wait_for()
    assert axe_violations(desk) == []
    dialog.get_by_role("button", name="Resolve").click()
    desk.get_by_text("No report is open.").wait_for()
    assert not Report.objects.open().exists()
