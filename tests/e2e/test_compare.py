"""Comparing images in a browser: slider, side by side, blink, one zoom for all, marks and another order."""

import re

import pytest
from playwright.sync_api import expect

from gallery.models import Image
from sdsite.accounts.models import User
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.factories import make_image
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]


@pytest.fixture
def images(page, live_site):  # noqa: F811
    """Four images of whoever is logged in."""
    owner = User.objects.get()
    colours = ("red", "blue", "green", "yellow")
    return [
        make_image(
            owner,
            prompt=f"a {colour} heart on a wooden table, soft light, intricate detail, oil painting",
            colour=colour,
            steps=20 + place,
        )
        for place, colour in enumerate(colours)
    ]


def boxes(page):  # noqa: F811
    """Return left, top and width of the images."""
    found = "[...document.querySelectorAll('.compare__clip img')].map((one) => one.getBoundingClientRect())"
    return page.evaluate(f"{found}.map(({{ left, top, width }}) => [left, top, width].map(Math.round))")


def clips(page):  # noqa: F811
    return page.evaluate("[...document.querySelectorAll('.compare__clip')].map(({ style }) => style.clipPath)")


def test_compare_two(page, images):  # noqa: F811
    one, other = images[:2]
    page.goto(f"/compare/?ids={one.pk},{other.pk}")
    page.wait_for_url(re.compile("mode=slider"))
    assert clips(page) == ["inset(0px 50% 0px 0px)", "inset(0px 0px 0px 50%)"]
    page.keyboard.press("ArrowRight")
    assert clips(page) == ["inset(0px 45% 0px 0px)", "inset(0px 0px 0px 55%)"]
    box = page.locator("[data-line]").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(720 * 0.5, box["y"] + 220)
    page.mouse.up()
    assert clips(page)[0] == "inset(0px 75% 0px 0px)"

    first = boxes(page)
    assert first[0] == first[1]
    page.mouse.move(700, 300)
    page.mouse.wheel(0, -400)
    second = boxes(page)
    assert second[0] == second[1]
    assert second[0][2] > first[0][2]
    page.keyboard.press("d")
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    left, right = boxes(page)
    assert right[1:] == left[1:]
    assert right[0] - left[0] == 721
    page.keyboard.press("Shift+0")

    page.keyboard.press("b")
    page.keyboard.press("Space")  # stops it
    page.keyboard.press("n")
    shown = page.locator(".compare__pane:not(.is-off)")
    expect(shown).to_have_count(1)
    before = shown.get_attribute("data-pane")
    page.keyboard.press("ArrowRight")
    assert page.locator(".compare__pane:not(.is-off)").get_attribute("data-pane") != before

    page.keyboard.press("Control+k")
    page.get_by_role("dialog", name="Commands").wait_for()
    page.keyboard.type("side by")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Side by side")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Shift+?")
    expect(page.get_by_role("dialog").get_by_role("heading", name="Comparison")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator(".compare__word")).to_have_text(["red", "blue"])
    expect(page.get_by_role("row", name="Steps")).to_be_visible()
    expect(page.get_by_role("row", name="Sampler")).to_be_hidden()
    page.get_by_label("All settings").check()
    expect(page.get_by_role("row", name="Sampler")).to_be_visible()


def test_marks_the_trash_and_another_order(page, images):  # noqa: F811
    one, other = images[:2]
    page.goto(f"/compare/?ids={one.pk},{other.pk}")
    page.wait_for_url(re.compile("mode=slider"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.wait_for_url(re.compile(f"ids={other.pk},{one.pk}&mode=slider"))
    expect(page.locator(".compare__word")).to_have_text(["blue", "red"])
    assert page.locator("[data-pane]").first.get_attribute("data-pane") == str(other.pk)
    assert clips(page)[0] == "inset(0px 45% 0px 0px)"

    card = page.locator(f"[data-card='{one.pk}']")
    card.get_by_role("button", name="Favourite").click()
    card.get_by_role("button", name="4 stars").click()
    fresh = lambda: Image.objects.get(pk=one.pk)  # noqa: E731
    wait_for(lambda: (fresh().is_favourite, fresh().rating) == (True, 4), what="the marks")
    card.get_by_role("button", name="Move to trash").click()
    card.get_by_text("This image is in the trash.").wait_for()
    assert fresh().trashed_at
    page.reload()
    card.get_by_role("button", name="Restore").click()
    expect(card.get_by_role("button", name="Move to trash")).to_be_visible()
    assert fresh().trashed_at is None


def test_the_selection_and_the_viewer_lead_to_it(page, images):  # noqa: F811
    page.goto("/library/")
    page.locator(".tile__link").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("c")
    page.get_by_text("Select 2 to 4 images to compare them.").wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("c")
    page.wait_for_url(re.compile(r"/compare/\?ids="))
    expect(page.locator("[data-pane]")).to_have_count(2)
    Image.objects.filter(pk=images[1].pk).update(job_id=images[0].job_id, index=1)
    page.goto(f"/images/{images[0].pk}/")
    page.wait_for_selector("[data-panel-content]")
    page.keyboard.press("c")
    page.wait_for_url(re.compile(f"ids={images[0].pk},{images[1].pk}"))


@pytest.mark.parametrize(("width", "scheme", "count"), [(1440, "dark", 4), (390, "light", 2), (390, "dark", 4)])
def test_it_fits_and_has_no_accessibility_faults(page, images, width, scheme, count):  # noqa: F811
    tab = page.context.new_page()  # axe sets styles that the console complains of
    tab.set_viewport_size({"width": width, "height": 844})
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab.goto("/compare/?ids=" + ",".join(str(image.pk) for image in images[:count]))
    for mode in ("Slider", "Side by side", "Blink") if count == 2 else ("Side by side", "Blink"):
        tab.get_by_role("button", name=mode).click()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.evaluate(
            "[...document.querySelectorAll('.compare__card')].every((one) => one.scrollWidth <= one.clientWidth)"
        )
        assert axe_violations(tab) == []
    assert tab.get_by_role("button", name="Blink by itself").get_attribute("aria-pressed") == "false"
