"""The grid in a browser: how much of the view is images, and what mouse and keys do; all on one site and page."""

import pytest
from playwright.sync_api import expect

from gallery.models import Image
from gallery.search.index import write_words
from generation.models import Checkpoint
from sdsite.accounts.models import User
from tests.e2e.test_library import fill, open_library, selected
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.e2e.test_viewer import shown
from tests.support.factories import make_job
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]
# The part of the window that tiles cover, without what bars hide of them.
SHARE = """() => {
  const head = parseFloat(getComputedStyle(document.querySelector(".grid")).scrollMarginTop);
  const tabs = document.querySelector(".nav").getBoundingClientRect();
  const foot = tabs.top > innerHeight / 2 ? tabs.top : innerHeight;
  return [...document.querySelectorAll(".tile")].reduce((sum, tile) => {
    const box = tile.getBoundingClientRect();
    const height = Math.min(box.bottom, foot) - Math.max(box.top, head);
    return sum + Math.max(0, height) * box.width;
  }, 0) / (innerWidth * innerHeight);
}"""
FOCUSED = "document.activeElement.closest('.tile')?.dataset.image"


def tile(page, image):  # noqa: F811
    return page.locator(f"[data-image='{image.pk}']")


def test_images_fill_seven_tenths_of_the_view_also_of_a_search_with_few_a_day(page, live_site):  # noqa: F811
    write_words(fill(User.objects.get(), 320, days=100))  # three or four a day
    for width, height in [(390, 844), (768, 1024), (1440, 900), (2560, 1440)]:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{live_site.url}/library/?q=picture")
        page.wait_for_selector(".tile.is-loaded")
        assert page.evaluate(SHARE) >= 0.7, width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_mouse_and_keys_on_the_tiles(page, live_site):  # noqa: F811
    owner = User.objects.get()
    rows = fill(owner, 120, days=400)
    open_library(page, live_site)
    first = tile(page, rows[0])

    first.hover()
    for name in ("Select", "Favourite", "More actions"):
        first.get_by_role("button", name=name).wait_for()
    assert first.locator(".tile__reuse").get_attribute("href") == f"/?from={rows[0].pk}"
    page.locator(".grid__preview").wait_for()
    page.mouse.move(5, 600)
    page.locator(".grid__preview").wait_for(state="detached")
    first.locator(".tile__actions").wait_for(state="detached")

    tile(page, rows[1]).locator(".tile__link").focus()
    page.keyboard.press("Delete")
    tile(page, rows[1]).wait_for(state="detached")
    page.wait_for_function(f"id => {FOCUSED} === id", arg=str(rows[2].pk))
    page.get_by_role("button", name="Undo").click()
    tile(page, rows[1]).wait_for()

    header = wait_for(page.locator(".grid__header").first.bounding_box, what="the header of the newest days")
    last = wait_for(tile(page, rows[2]).bounding_box, what="the third image")
    page.mouse.move(header["x"] + header["width"] - 60, header["y"] + 8)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] / 2, last["y"] + last["height"] / 2, steps=4)
    page.locator(".grid__box").wait_for()
    page.mouse.up()
    page.locator(".grid__box").wait_for(state="detached")
    chosen = page.evaluate("[...document.querySelectorAll('.tile.is-selected')].map((one) => one.dataset.image)")
    assert str(rows[2].pk) in chosen
    assert str(rows[0].pk) not in chosen
    assert selected(page) == f"{len(chosen)} selected"
    page.keyboard.press("Escape")

    page.evaluate("document.querySelector('[data-grid]').dataset.kept = 'yes'")
    first.locator(".tile__link").click()
    shown(page, rows[0])
    page.wait_for_url(f"**/images/{rows[0].pk}/*")
    page.keyboard.press("ArrowRight")
    shown(page, rows[1])
    page.wait_for_url(f"**/images/{rows[1].pk}/*")
    page.keyboard.press("Escape")
    expect(page.locator(".viewer--overlay")).to_have_count(0)
    page.wait_for_url("**/library/")
    assert page.locator("[data-kept=yes]").count() == 1  # no page was loaded
    page.wait_for_function(f"id => {FOCUSED} === id", arg=str(rows[1].pk))

    scrubber = page.get_by_role("slider", name="Date")
    said = scrubber.get_attribute("aria-valuetext")
    scrubber.focus()
    page.keyboard.press("End")
    page.wait_for_function("said => document.querySelector('.scrubber').ariaValueText !== said", arg=said)
    page.keyboard.press("Home")
    page.wait_for_function("said => document.querySelector('.scrubber').ariaValueText === said", arg=said)

    job = make_job(owner, Checkpoint.objects.get(), steps=2)
    new = wait_for(lambda: Image.objects.filter(job_id=job.pk).first(), what="a new image")
    page.wait_for_selector(f"[data-image='{new.pk}'].is-loaded")
