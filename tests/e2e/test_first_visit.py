"""The first visit to the studio: hints that are read once, and cards with covers of what was saved."""

import pytest

from generation.models import Checkpoint, Preset, Style
from sdsite.accounts.models import User
from tests.e2e.test_library import tab  # noqa: F401
from tests.e2e.test_studio import _database_beside_playwright, browser, open_folds, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.factories import make_image
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]


def open_studio(tab, live_site):  # noqa: F811
    tab.goto(live_site.url)
    tab.wait_for_selector("[data-connection=open]", state="attached")


def test_three_hints_are_read_once_and_trap_nobody(tab, live_site):  # noqa: F811
    open_studio(tab, live_site)
    hints = tab.get_by_role("region", name="Hints")
    hints.get_by_text("1 of 3").wait_for()
    assert tab.evaluate("document.activeElement.id") == "prompt"
    tab.locator(".composer[data-hinted]").wait_for()
    assert axe_violations(tab) == []
    tab.set_viewport_size({"width": 390, "height": 844})
    assert axe_violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    for _ in range(2):
        hints.get_by_role("button", name="Next").click()
    hints.get_by_text("3 of 3").wait_for()
    hints.get_by_role("button", name="Done").click()
    assert hints.count() == 0
    alice = User.objects.get(username="alice")
    wait_for(
        lambda: User.objects.get(pk=alice.pk).preferences == {"hints_read": True}, what="the note that they are read"
    )
    tab.reload()
    tab.wait_for_selector("[data-empty]:not([hidden])")
    assert hints.count() == 0

    inspire = tab.locator("[data-inspire]")
    for at, act, is_seen in (("#prompt", "focus", True), ("#prompt", "blur", False), ("[data-inspire]", "focus", True)):
        tab.locator(at).evaluate(f"(node) => node.{act}()")
        assert (inspire.bounding_box()["width"] > 60) is is_seen, (at, act)
        settings, go = tab.locator(".composer__settings").bounding_box(), tab.locator("[data-submit]").bounding_box()
        assert (settings["y"], settings["height"]) == (go["y"], go["height"])
        assert settings["x"] < 20
        assert 370 < go["x"] + go["width"] <= 390


def test_saved_settings_and_the_checkpoint_are_cards(tab, live_site):  # noqa: F811
    alice = User.objects.get(username="alice")
    Checkpoint.objects.update(size_bytes=42_000_000)
    Style.objects.create(owner=alice, name="Ink drawing", prompt="{prompt}, ink")
    Style.objects.create(owner=alice, name="Blue hour", prompt="{prompt}, blue hour")
    Preset.objects.create(owner=alice, name="Quick draft", parameters={"steps": 7})
    image = make_image(alice, prompt="a fox, ink", steps=7)
    open_studio(tab, live_site)
    open_folds(tab)
    ink, hour = tab.locator(".chip", has_text="Ink drawing"), tab.locator(".chip", has_text="Blue hour")
    assert str(image.pk) in ink.locator("img").get_attribute("src")
    assert hour.locator(".cover").inner_text() == "BH"
    assert tab.locator("[data-model-facts]").inner_text() == "Stable Diffusion 1 and 2 · 42 MB"
    assert axe_violations(tab, within="#parameters") == []
    tab.get_by_role("button", name="Quick draft").click()
    assert tab.input_value("#steps") == "7"
    assert tab.locator("[data-saved=presets] select option:checked").inner_text() == "Quick draft"
    tab.get_by_label("Ink drawing").check(force=True)
    assert tab.locator("[data-summary-of=styles]").inner_text() == "Ink drawing"
