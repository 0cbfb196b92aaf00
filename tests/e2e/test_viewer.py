"""The viewer in a browser: as the image page, and over another page."""

import re

import pytest
from playwright.sync_api import expect

from gallery.models import Derivation, Image
from sdsite.accounts.models import User
from tests.e2e.test_studio import _database_beside_playwright, ask, browser, enter, finals, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.factories import make_image
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]
LONG = ("a red heart, intricate detail, soft light, " * 20)[:815]


@pytest.fixture
def images(page, live_site):  # noqa: F811
    """Three images of one job of whoever is logged in; the first has a long prompt."""
    owner = User.objects.get()
    first = make_image(owner, prompt=LONG, steps=4, size=(128, 128))
    others = [make_image(owner, job_id=first.job_id, index=index, steps=4, colour="blue") for index in (1, 2)]
    return [first, *others]


def fresh(image):
    return Image.objects.get(pk=image.pk)


def shown(page, image):  # noqa: F811
    page.wait_for_selector(f"[data-panel-content][data-id='{image.pk}']")
    page.wait_for_selector("[data-panel]:not([aria-busy])")


@pytest.mark.parametrize(("width", "height", "scheme"), [(1440, 900, "dark"), (390, 844, "light")])
def test_actions_stay_in_view_and_nothing_is_inaccessible(page, images, width, height, scheme):  # noqa: F811
    page = page.context.new_page()  # axe sets styles that the console complains of
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"/images/{images[0].pk}/")
    shown(page, images[0])
    for name in ("Reuse", "Vary", "Upscale", "Favourite", "Download", "Trash"):
        box = page.locator(".image-actions .action__face", has_text=name).bounding_box()
        assert box["y"] + box["height"] <= height, name
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    show_all = page.get_by_role("button", name="Show all")
    before = page.locator(".image-panel__prompt").bounding_box()["height"]
    show_all.click()
    assert page.locator(".image-panel__prompt").bounding_box()["height"] > 2 * before
    assert axe_violations(page) == []


def test_keys_walk_zoom_mark_and_trash(page, images):  # noqa: F811
    page.goto(f"/images/{images[0].pk}/")
    shown(page, images[0])
    page.keyboard.press("ArrowRight")
    shown(page, images[1])
    assert page.url.endswith(f"/images/{images[1].pk}/")
    percent = page.locator(".viewer__percent")
    fitted = percent.inner_text()
    page.keyboard.press("+")
    assert percent.inner_text() != fitted
    page.mouse.move(500, 400)
    page.mouse.wheel(0, -400)
    page.keyboard.press("Shift+1")
    assert percent.inner_text() == "100 %"
    page.keyboard.press("Shift+0")
    assert percent.inner_text() == fitted

    page.keyboard.press("f")
    page.keyboard.press("4")
    wait_for(lambda: (fresh(images[1]).is_favourite, fresh(images[1]).rating) == (True, 4), what="the marks")
    page.keyboard.press("ArrowLeft")
    shown(page, images[0])
    page.keyboard.press("ArrowRight")
    shown(page, images[1])
    assert page.locator("[data-do=favourite]").get_attribute("aria-pressed") == "true"
    assert page.locator(".rating__star.is-lit").count() == 4

    page.keyboard.press("Delete")
    shown(page, images[2])
    assert fresh(images[1]).trashed_at
    page.get_by_role("button", name="Undo").click()
    shown(page, images[1])
    assert fresh(images[1]).trashed_at is None


def test_values_are_copied_and_tags_and_notes_kept_in_place(page, images, live_site):  # noqa: F811
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_site.url)
    page.goto(f"/images/{images[1].pk}/")
    shown(page, images[1])
    page.locator(".facts .copy", has_text=re.compile("^8$")).click()
    assert page.evaluate("navigator.clipboard.readText()") == "8"
    page.get_by_label("Tags to add").fill("sea, sky")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=tags] .chip")).to_have_count(2)
    page.get_by_label("Remove tag sea").click()
    expect(page.locator("[data-part=tags] .chip")).to_have_count(1)
    assert list(images[1].tags.values_list("name", flat=True)) == ["sky"]

    note = page.locator("[data-note]")
    note.fill("warm")
    note.blur()
    expect(page.locator("[data-note-said]")).to_have_text("Saved.")
    assert fresh(images[1]).note == "warm"
    Image.objects.filter(pk=images[1].pk).update(note="from elsewhere")
    note.fill("mine")
    note.blur()
    page.get_by_role("button", name="Keep mine").wait_for()
    assert fresh(images[1]).note == "from elsewhere"
    page.get_by_role("button", name="Keep mine").click()
    wait_for(lambda: fresh(images[1]).note == "mine", what="the note")


def test_a_variation_shows_its_progress_and_where_it_came_from(page, images):  # noqa: F811
    page.goto(f"/images/{images[1].pk}/")
    shown(page, images[1])
    page.locator("summary", has_text="Vary").click()
    page.get_by_role("button", name="Subtle").click()
    result = page.locator(".image-panel__job .thumb").first
    result.wait_for(timeout=60_000)
    result.click()
    child = wait_for(lambda: Image.objects.exclude(job_id=images[0].job_id).order_by("index").first(), what="a row")
    shown(page, child)
    assert page.locator("[aria-label='Made from'] a.thumb").get_attribute("href") == f"/images/{images[1].pk}/"
    assert Derivation.objects.get(child=child).role == "variation"
    page.locator("[aria-label='Made from'] a.thumb").click()
    shown(page, images[1])


def test_an_image_that_is_gone_says_so_and_the_next_is_shown(page, images):  # noqa: F811
    page = page.context.new_page()  # whose console may show that something was not found
    page.goto(f"/images/{images[0].pk}/")
    shown(page, images[0])
    images[1].delete()
    page.keyboard.press("ArrowRight")
    page.get_by_role("alert").get_by_text("This image was deleted, or you no longer have access to it.").wait_for()
    page.locator("[data-panel]").get_by_role("button", name="Next image").click()
    shown(page, images[2])


def test_over_the_studio_it_has_an_address_and_gives_the_focus_back(page):  # noqa: F811
    enter(page)
    ask(page, "a yellow star", count=2, steps=4)
    finals(page, 2)
    page.wait_for_selector("[data-job][data-status=succeeded]")
    tile = page.locator("[data-tile='0']").first
    tile.focus()
    page.keyboard.press("Enter")  # alone on the stage
    page.locator("[data-tile='1']").first.wait_for(state="hidden")
    page.keyboard.press("Enter")
    first, second = Image.objects.order_by("index")
    shown(page, first)
    assert page.url.endswith(f"/images/{first.pk}/")
    page.keyboard.press("ArrowRight")
    shown(page, second)
    page.keyboard.press("Escape")
    expect(page.locator(".viewer--overlay")).to_have_count(0)
    page.wait_for_url(re.compile(r"/$"))
    assert page.evaluate("document.activeElement.closest('[data-tile]')?.dataset.tile") == "0"


def test_kept_steps_are_shown_on_the_stage_and_used_as_input(page):  # noqa: F811
    enter(page)
    page.fill("#keep_steps", "2")
    ask(page, "a yellow star", steps=7)
    finals(page, 1)
    image = wait_for(lambda: Image.objects.first(), what="a row")
    assert image.kept_steps == [2, 4, 6]
    tab = page.context.new_page()  # axe sets styles that the console complains of
    tab.goto(f"/images/{image.pk}/")
    shown(tab, image)
    stage = tab.locator("[data-viewer-image]")
    tab.get_by_role("link", name="Step 4").click()
    expect(stage).to_have_attribute("src", re.compile("/steps/4$"))
    assert axe_violations(tab) == []
    tab.get_by_role("button", name="Back to the image").click()
    expect(stage).to_have_attribute("src", re.compile("/file$"))
    tab.get_by_role("link", name="Step 6").click()
    tab.get_by_role("button", name="Use as input").click()
    tab.wait_for_url(re.compile("init=upload"))
    assert tab.locator("[name=init_image]").input_value().startswith("upload:")
