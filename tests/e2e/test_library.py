"""The library in a browser: searching by choosing, selecting several pictures, and taking one out of a collection."""

import pytest

from gallery.actions.collections import add_images, create_collection
from gallery.models import CollectionItem, ImageTag
from sdsite.accounts.models import User
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.factories import make_image

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def wall(page, live_site):  # noqa: F811
    """Three images of whoever is logged in, and a collection with one of them."""
    owner = User.objects.get()
    images = [make_image(owner, prompt=prompt, checkpoint=prompt) for prompt in ("fox", "ship", "heart")]
    add_images(collection=create_collection(owner=owner, name="Skies"), ids=[images[0].pk])
    page.goto(f"{live_site.url}/library/")
    return images


def test_pictures_are_found_selected_tagged_and_collected(page, live_site, wall):  # noqa: F811
    page.locator("select[name=checkpoint]").select_option("ship")
    page.wait_for_url("**/library/?checkpoint=ship")
    assert page.locator(".image-grid__item").count() == 1
    page.goto(f"{live_site.url}/library/")
    toolbar = page.locator("[data-selection]")
    assert not toolbar.is_visible()
    page.get_by_label("Select image 1: heart").check()
    page.locator(f"[data-image='{wall[1].pk}'] .image-grid__link").click()  # no link while something is selected
    assert page.locator("[data-selected]").inner_text() == "2 images selected"
    toolbar.get_by_label("Tags to add").fill("a" * 51)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-said] >> text=a tag must be 1 to 50 characters")
    toolbar.get_by_label("Tags to add").fill("Sea")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-said] >> text=2 images tagged.")
    toolbar.get_by_label("Collection").fill("skies")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-said] >> text=2 images added to “Skies”.")
    page.keyboard.press("Escape")
    toolbar.wait_for(state="hidden")
    assert set(ImageTag.objects.values_list("image", "name")) == {(image.pk, "sea") for image in wall[1:]}

    page.goto(f"{live_site.url}/collections/")
    page.get_by_text("Skies").click()
    item = page.locator(f"[data-image='{wall[1].pk}']")
    item.hover()
    item.get_by_label("Remove from collection").click()
    page.get_by_role("button", name="Remove").click()
    item.wait_for(state="detached")
    assert {kept.image_id for kept in CollectionItem.objects.all()} == {wall[0].pk, wall[2].pk}


@pytest.mark.parametrize("path", ["/library/", "/images/{}/"])
def test_back_shows_nothing_private_after_logging_out(page, live_site, wall, path):  # noqa: F811
    page.goto(live_site.url + path.format(wall[0].pk))
    page.goto(f"{live_site.url}/accounts/logout/")
    page.locator("main form button").first.click()
    page.wait_for_url("**/accounts/login/**")
    for _ in range(3):
        page.go_back()
        page.wait_for_load_state("networkidle")
        assert "fox" not in page.content()
        assert page.locator("[data-groups], [data-studio]").count() == 0
