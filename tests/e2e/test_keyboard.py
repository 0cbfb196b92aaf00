"""From the prompt to the trash and back by keys alone: no mouse, and no focus set by the test."""

import pytest

from gallery.models import Image
from tests.e2e.test_studio import _database_beside_playwright, browser, finals, page  # noqa: F401
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True)]


def tab_to(page, selector, *, key="Tab"):  # noqa: F811
    """Press Tab until what `selector` names has the focus, and shows it."""
    for _ in range(90):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate("document.activeElement.matches(':focus-visible')")
            return
    pytest.fail(f"{selector} is not reached by {key}")


@pytest.mark.parametrize(("width", "height", "scheme"), [(1440, 900, "dark"), (390, 844, "light")])
def test_from_the_prompt_to_the_trash_and_back(page, width, height, scheme):  # noqa: F811
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    page.reload()
    page.wait_for_selector("[data-connection=open]", state="attached")
    assert page.evaluate("document.activeElement.id") == "prompt"
    page.keyboard.type("a red heart")
    page.keyboard.press("Control+Enter")
    finals(page, 1)
    page.wait_for_selector("[data-job][data-status=succeeded]")
    image = Image.objects.get()

    tab_to(page, "[data-do=favourite]")
    page.keyboard.press("Space")
    page.wait_for_selector("[data-do=favourite][aria-pressed=true]")
    tab_to(page, "[data-do=trash]")
    page.keyboard.press("Enter")
    wait_for(lambda: Image.objects.trashed().exists(), what="the image in the trash")
    tab_to(page, ".nav a[href='/trash/']", key="Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-image='{image.pk}'].is-loaded")

    tab_to(page, ".tile__link")
    page.keyboard.press("Shift+F10")
    page.get_by_role("menuitem", name="Restore").wait_for()
    for _ in range(5):
        if "Restore" in page.evaluate("document.activeElement.textContent"):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    wait_for(lambda: not Image.objects.trashed().exists(), what="the image to be restored")
    page.get_by_role("heading", name="The trash is empty").wait_for()
