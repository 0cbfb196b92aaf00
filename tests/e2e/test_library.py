"""The library in a browser: a windowed grid of 20,000 images, its keys, its selection, the trash, and phones."""

import random
import time
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.actions.collections import create_collection
from gallery.models import Image
from sdsite.accounts.models import User
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.factories import make_image
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]
SIZES = [(512, 512), (512, 768), (768, 512), (1024, 1024), (832, 1216), (1344, 768)]
SETTLED = """() => {
  const pending = [...document.querySelectorAll(".grid__pending")].map((one) => one.getBoundingClientRect());
  const first = [...document.querySelectorAll(".tile")].find((one) => one.getBoundingClientRect().bottom > 96);
  return pending.every(({ top, bottom }) => top >= innerHeight || bottom <= 96)
    && first && history.state?.grid?.id === first.dataset.image
    && [first.dataset.image, Math.round(first.getBoundingClientRect().top)];
}"""

# Parts of the selection bar that lie beyond the window, or over the part after them.
CUT = """() => {
  const parts = [...document.querySelectorAll(".selection > :not(.selection__tools), .selection__tool")]
    .filter((part) => part.checkVisibility())
    .map((part) => [part.textContent, part.getBoundingClientRect()]);
  return parts.filter(([, box], place) => {
    const next = parts[place + 1]?.[1];
    return box.left < 0 || box.right > innerWidth || (next && next.top < box.bottom && next.left < box.right - 1);
  }).map(([words]) => words);
}"""


@pytest.fixture
def tab(page):  # noqa: F811
    """A tab of the logged-in person, in which axe may try out styles that the page's policy forbids."""
    faults = []
    tab = page.context.new_page()
    tab.on("pageerror", lambda error: faults.append(str(error)))
    yield tab
    tab.close()
    assert faults == []


def fill(owner, number, *, days=300):
    """Return `number` rows of mixed shapes, four a job, that share the files of one stored image; newest first."""
    pattern, rng, now = make_image(owner, prompt="pattern"), random.Random(0), timezone.now()
    files = {name: getattr(pattern, name) for name in ("file", "thumbnail", "thumbhash")}
    rows = []
    for index in range(number):
        if index % 4 == 0:
            job, (width, height) = uuid.uuid4(), rng.choice(SIZES)
        moment = now - timedelta(days=days * (index // 4 * 4) / number, milliseconds=index % 4)
        values = {"owner": owner, "job_id": job, "job_created_at": moment, "created_at": moment, "index": index % 4}
        kinds = {"width": width, "height": height, "format": "png", "size_bytes": 1, "sha256": f"{index:064x}"}
        rows.append(Image(seed=index, prompt=f"picture {index}", searched_text=" picture ", **values, **kinds, **files))
    Image.objects.bulk_create(rows, batch_size=500)
    pattern.delete()
    return rows


def open_library(page, live_site):  # noqa: F811
    page.goto(f"{live_site.url}/library/")
    page.wait_for_selector(".tile.is-loaded")


def selected(page):  # noqa: F811
    return page.locator(".selection__count").inner_text()


def settled(page):  # noqa: F811
    """Wait until everything in view is loaded and its place is remembered; return what is in view."""
    return page.wait_for_function(SETTLED).json_value()


def test_twenty_thousand_images_stay_few_nodes_and_the_place_is_kept(page, live_site):  # noqa: F811
    fill(User.objects.get(), 20_000)
    open_library(page, live_site)
    most = [0, 0]
    page.mouse.move(700, 500)
    for step in range(24):
        page.mouse.wheel(0, 7500)
        if step % 4 == 3:
            page.wait_for_selector(".tile", state="attached")
            counts = page.evaluate("['.tile', '*'].map((one) => document.querySelectorAll(one).length)")
            most = [max(pair) for pair in zip(most, counts, strict=True)]
    assert 0 < most[0] <= 600
    assert most[1] <= 6000
    box = page.locator(".scrubber").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 4, box["y"] + box["height"] * 0.6)
    place = settled(page)
    page.reload()
    page.wait_for_function("id => document.querySelector(`[data-image='${id}']`)", arg=place[0])
    assert settled(page) == place
    page.goto(f"{live_site.url}/collections/")
    # The page is not seen until its session is known to be open, however long that takes.
    page.route("**/api/v1/me", lambda route: (time.sleep(2), route.continue_()))
    page.go_back()
    page.wait_for_function("id => document.querySelector(`[data-image='${id}']`)", arg=place[0])
    assert settled(page) == place


def test_keys_select_and_fifty_are_trashed_and_restored(tab, live_site):
    rows = fill(User.objects.get(), 120, days=1)
    open_library(tab, live_site)
    tab.select_option("[data-grouping]", "none")
    tab.focus(".tile__link[tabindex='0']")
    tab.keyboard.press("Space")
    assert selected(tab) == "1 selected"
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowUp")
    assert tab.evaluate("document.activeElement.closest('.tile').dataset.image") == str(rows[0].pk)
    tab.keyboard.press("End")
    tab.wait_for_function("id => document.activeElement.closest('.tile').dataset.image === id", arg=str(rows[-1].pk))
    tab.keyboard.press("Home")
    tile = tab.locator(f"[data-image='{rows[49].pk}'] .tile__link")
    tile.scroll_into_view_if_needed()
    tile.click(modifiers=["Shift"])
    assert selected(tab) == "50 selected"
    assert axe_violations(tab) == []
    tab.keyboard.press("Delete")
    tab.get_by_text("50 images moved to trash").wait_for()
    assert set(Image.objects.trashed().values_list("pk", flat=True)) == {row.pk for row in rows[:50]}
    tab.wait_for_function("id => !document.querySelector(`[data-image='${id}']`)", arg=str(rows[0].pk))
    tab.get_by_role("button", name="Undo").click()
    wait_for(lambda: not Image.objects.trashed().exists(), what="the images to be restored")
    # It returns to where one was, and that may come after a first scroll.
    shown = "id => (window.scrollTo(0, 0), document.querySelector(`[data-image='${id}']`))"
    tab.wait_for_function(shown, arg=str(rows[0].pk))

    tab.keyboard.press("Escape")
    tab.focus(".tile__link[tabindex='0']")
    tab.keyboard.press("Control+a")
    assert selected(tab) == "120 selected"
    tab.get_by_role("button", name="Favourite", exact=True).last.click()
    tab.get_by_text("120 images added to favourites").wait_for()
    assert Image.objects.filter(is_favourite=True).count() == 120

    tab.set_viewport_size({"width": 390, "height": 844})
    tab.emulate_media(color_scheme="light")
    tab.reload()
    tab.wait_for_selector(".tile.is-loaded")
    tab.focus(".tile__link[tabindex='0']")
    tab.keyboard.press("Space")
    for _ in range(9):
        tab.keyboard.press("Shift+ArrowRight")
    tab.get_by_text("10 selected").wait_for()
    assert axe_violations(tab) == []
    tab.locator("[data-tool=trash]").click()
    tab.get_by_text("10 images moved to trash").wait_for()
    assert Image.objects.trashed().count() == 10
    tab.get_by_role("button", name="Undo").click()
    wait_for(lambda: not Image.objects.trashed().exists(), what="the images to be restored on the phone")


def test_searching_stacks_the_menu_the_rail_and_new_images(tab, live_site):
    owner = User.objects.get()
    rows = fill(owner, 12, days=0.001)
    make_image(owner, prompt="an old ship")
    skies = create_collection(owner=owner, name="Skies")
    open_library(tab, live_site)
    assert tab.locator(".grid__header").count() == 1
    tab.select_option("[data-grouping]", "job")
    tab.wait_for_function("() => document.querySelectorAll('.tile').length === 4")
    tab.locator("[data-stack]").first.click()
    tab.wait_for_function("() => document.querySelectorAll('.tile').length === 7")
    tab.locator(f"[data-image='{rows[0].pk}']").hover()
    tab.locator(f"[data-image='{rows[0].pk}']").click(button="right")
    tab.get_by_role("menuitem", name="Add to collection").click()
    tab.get_by_label("Collection, new or existing").fill("Skies")
    tab.keyboard.press("Enter")
    tab.get_by_text("added to “Skies”").wait_for()
    assert skies.items.count() == 1
    tab.fill("input[name=q]", "ship")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/library/?q=ship")
    tab.wait_for_function("() => document.querySelectorAll('.tile').length === 1")
    tab.get_by_text("1 result").wait_for()
    tab.go_back()
    tab.wait_for_function("() => document.querySelectorAll('.tile').length === 7")
    tab.fill("input[name=q]", "zebra")
    tab.keyboard.press("Enter")
    tab.get_by_role("heading", name="No results").wait_for()
    assert axe_violations(tab) == []
    tab.get_by_role("link", name="Show all images").click()
    tab.wait_for_function("() => document.querySelectorAll('.tile').length === 7")

    tab.goto(f"{live_site.url}/collections/{skies.pk}/")
    tab.wait_for_selector(".tile.is-loaded")
    assert axe_violations(tab) == []
    tab.focus(".tile__link")
    tab.keyboard.press("Shift+F10")
    tab.get_by_role("menuitem", name="Remove from collection").click()
    tab.get_by_role("heading", name="No images yet").wait_for()
    assert skies.items.count() == 0


def test_on_a_phone_a_long_press_selects_and_the_whole_bar_is_seen(browser, page, live_site):  # noqa: F811
    owner = User.objects.get()
    fill(owner, 90, days=2)
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    context = browser.new_context(storage_state=page.context.storage_state(), color_scheme="light", **options)
    phone = context.new_page()
    open_library(phone, live_site)
    tile = phone.locator(".tile__link").nth(4)
    box = tile.bounding_box()
    touch = {"pointerType": "touch", "isPrimary": True, "clientX": box["x"] + 20, "clientY": box["y"] + 20}
    tile.dispatch_event("pointerdown", {**touch, "bubbles": True})
    phone.wait_for_selector(".selection:not([hidden])")
    tile.dispatch_event("pointerup", {**touch, "bubbles": True})
    phone.locator(".tile__link").nth(6).tap()
    phone.wait_for_function("() => document.querySelectorAll('.tile.is-selected').length === 2")
    assert phone.evaluate(CUT) == []
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    assert axe_violations(phone) == []
    phone.get_by_role("button", name="Trash").click()
    wait_for(lambda: Image.objects.trashed().count() == 2, what="two images in the trash")
    phone.goto(f"{live_site.url}/trash/")
    phone.wait_for_selector(".tile.is-loaded")
    phone.get_by_text("30 days left").first.wait_for()
    assert axe_violations(phone) == []
    phone.get_by_role("button", name="Empty trash").click()
    phone.get_by_role("button", name="Delete for good").click()
    phone.get_by_role("heading", name="The trash is empty").wait_for()
    assert Image.objects.count() == 88
    context.close()


@pytest.mark.signs_out
@pytest.mark.parametrize("path", ["/library/", "/images/{}/"])
def test_back_shows_nothing_private_after_logging_out(page, live_site, path):  # noqa: F811
    image = make_image(User.objects.get(), prompt="a quiet fox")
    page.goto(f"{live_site.url}/library/")
    page.goto(live_site.url + path.format(image.pk))
    page.goto(f"{live_site.url}/accounts/logout/")
    page.locator("main form button").first.click()
    page.wait_for_url("**/accounts/login/**")
    for _ in range(3):
        page.go_back()
        page.wait_for_load_state("networkidle")
        assert "quiet fox" not in page.content()
        assert page.locator("[data-grid], [data-studio]").count() == 0
