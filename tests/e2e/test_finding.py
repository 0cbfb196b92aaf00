"""Finding in a browser: images similar to one, from the menu and the viewer."""

import random

import pytest
from PIL import Image as Pillow

from gallery.models import Image
from sdsite.accounts.models import User
from tests.e2e.test_library import tab  # noqa: F401
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.factories import make_image

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]


def scene(seed, size=(512, 512)):
    """Return soft areas of random colours."""
    dots = Pillow.frombytes("RGB", (8, 8), random.Random(seed).randbytes(192))
    return dots.resize(size, Pillow.Resampling.BICUBIC)


@pytest.fixture
def scenes(page):  # noqa: F811
    """Six images of three scenes, the second of each with a corner painted over, by scene and place."""
    owner, rows = User.objects.get(), {}
    for seed in range(3):
        for index in range(2):
            pixels = scene(seed)
            pixels.paste("white", (0, 0, 120 * index, 120 * index))
            rows[seed, index] = make_image(owner, pixels=pixels, prompt=f"scene {seed}")
    return rows


def ids_of(tab):  # noqa: F811
    return tab.eval_on_selector_all(".tile", "tiles => tiles.map((tile) => tile.dataset.image)")


def shown(tab, *rows):  # noqa: F811
    """Wait until the grid shows exactly these images, in this sequence."""
    wanted = [str(row.pk) for row in rows]
    tab.wait_for_function(
        "wanted => [...document.querySelectorAll('.tile')].map((tile) => tile.dataset.image).join() === wanted.join()",
        arg=wanted,
    )


def test_similar_images_are_found_from_the_menu_and_the_viewer(tab, live_site, scenes):  # noqa: F811
    tab.goto(f"{live_site.url}/library/")
    tab.locator(f"[data-image='{scenes[1, 0].pk}'] .tile__link").click(button="right")
    tab.get_by_role("menuitem", name="Find similar").click()
    shown(tab, scenes[1, 0], scenes[1, 1])
    chip = tab.locator(".chip", has_text="Similar to scene 1")
    tab.wait_for_function("() => document.querySelector('.chip__image').naturalWidth > 0")
    assert axe_violations(tab) == []

    tab.locator(f"[data-image='{scenes[1, 0].pk}'] .tile__link").click()
    tab.wait_for_selector(f"[data-panel-content][data-id='{scenes[1, 0].pk}']")
    tab.wait_for_selector("[data-panel]:not([aria-busy])")
    tab.keyboard.press("ArrowRight")
    tab.wait_for_selector(f"[data-panel-content][data-id='{scenes[1, 1].pk}']")
    tab.keyboard.press("Escape")
    shown(tab, scenes[1, 0], scenes[1, 1])

    chip.get_by_role("link", name="Remove filter").click()
    shown(tab, *Image.objects.order_by("-created_at", "-pk"))
    assert tab.url == f"{live_site.url}/library/"
    tab.go_back()
    shown(tab, scenes[1, 0], scenes[1, 1])

    tab.goto(f"{live_site.url}/images/{scenes[2, 1].pk}/")
    tab.get_by_role("link", name="Find similar").click()
    shown(tab, scenes[2, 1], scenes[2, 0])


def open_saved(tab):  # noqa: F811
    """Open the fold of saved searches in the bar."""
    tab.get_by_text("Saved searches", exact=True).and_(tab.locator("summary")).click()


def test_a_search_is_saved_opened_renamed_and_deleted(tab, live_site, scenes):  # noqa: F811
    tab.goto(f"{live_site.url}/library/?q=scene+1")
    open_saved(tab)
    tab.get_by_role("button", name="Save search").click()
    tab.get_by_role("textbox", name="Name").fill("Ones")
    tab.get_by_role("button", name="Save", exact=True).click()
    rail = tab.locator("[data-rail]")
    rail.get_by_role("link", name="Ones").wait_for()
    tab.get_by_role("button", name="Rename search").click()
    tab.get_by_role("textbox", name="Name").fill("First")
    tab.get_by_role("button", name="Save", exact=True).click()
    rail.get_by_role("link", name="First").wait_for()
    assert axe_violations(tab) == []
    tab.goto(f"{live_site.url}/library/")
    rail.get_by_role("link", name="First").click()
    tab.wait_for_function("() => document.querySelectorAll('.tile').length === 2")
    open_saved(tab)
    tab.get_by_role("button", name="Delete search").click()
    tab.get_by_role("button", name="Undo").click()
    rail.get_by_role("link", name="First").wait_for()
