"""Shortcuts and the command palette in a browser, on the studio, the library and the settings page."""

import re

import pytest

from gallery.actions.collections import create_collection
from generation.models import Job, Preset, Style
from sdsite.accounts.models import User
from tests.e2e.test_library import tab  # noqa: F401
from tests.e2e.test_studio import _database_beside_playwright, browser, enter, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.factories import make_image, make_user
from tests.support.site import finished, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]


def choose(page, typed):  # noqa: F811
    """Open the palette, type, and press Enter."""
    page.keyboard.press("Control+k")
    page.get_by_role("dialog", name="Commands").wait_for()
    page.keyboard.type(typed)
    page.wait_for_selector(".palette .option[aria-selected=true]")
    page.keyboard.press("Enter")


def test_the_palette_finds_pages_actions_and_what_one_saved(tab, live_site):  # noqa: F811
    alice = User.objects.get(username="alice")
    tab.goto(live_site.url)
    tab.wait_for_selector("[data-connection=open]", state="attached")
    skies = create_collection(owner=alice, name="Skies over Rügen")
    create_collection(owner=make_user("bob"), name="Skies of Bob")
    Preset.objects.create(owner=alice, name="Quick draft", parameters={"steps": 7})
    Style.objects.create(owner=alice, name="Ink", prompt="{prompt}, ink drawing")
    tab.keyboard.press("Control+k")
    palette = tab.get_by_role("dialog", name="Commands")
    for name in ("Skies over Rügen", "Quick draft", "Ink"):  # each comes with an answer of its own
        palette.get_by_role("option", name=name).wait_for()
    combobox = palette.get_by_role("combobox")
    assert combobox.evaluate("node => node === document.activeElement")
    options = palette.get_by_role("option")
    texts = options.all_inner_texts()
    assert "Go to the library" in " ".join(texts)
    assert "Skies of Bob" not in " ".join(texts)
    tab.keyboard.press("ArrowUp")  # from the first to the last
    marked = tab.locator(".palette .option[aria-selected=true]")
    assert marked.get_attribute("id") == combobox.get_attribute("aria-activedescendant") == f"palette-{len(texts) - 1}"
    assert axe_violations(tab) == []
    tab.keyboard.type("rugen sk")
    assert [text.split("\n")[0] for text in options.all_inner_texts()] == ["Skies over Rügen"]
    tab.keyboard.type("zzz")
    palette.get_by_text("Nothing fits.").first.wait_for()
    tab.keyboard.press("Control+k")
    assert tab.locator("dialog[open]").count() == 0
    assert tab.evaluate("document.activeElement.id") == "prompt"
    choose(tab, "quick dr")
    tab.wait_for_function("() => document.querySelector('#steps').value === '7'")
    choose(tab, "ink style")
    tab.wait_for_selector("[data-saved=styles] input[value=Ink]:checked", state="attached")
    choose(tab, "skies over")
    tab.wait_for_url(re.compile(f"/collections/{skies.pk}/"))
    choose(tab, "quick dr")  # from a page without a form
    tab.wait_for_url(re.compile(r"/(\?.*)?$"))
    tab.wait_for_function("() => document.querySelector('#steps')?.value === '7'")


def test_shortcuts_act_where_they_fit_and_never_while_one_types(tab, live_site):  # noqa: F811
    tab.goto(live_site.url)
    tab.wait_for_selector("[data-connection=open]", state="attached")
    tab.focus("#prompt")
    tab.keyboard.type("g l / ?")
    assert tab.input_value("#prompt") == "g l / ?"
    tab.fill("#prompt", "a red heart")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_selector("[data-job]")
    wait_for(lambda: Job.objects.count() == 1, what="the job")
    tab.locator("body").evaluate("() => document.activeElement.blur()")
    tab.keyboard.press("Shift+?")
    help_dialog = tab.get_by_role("dialog", name="Keyboard shortcuts")
    help_dialog.get_by_text("Go to the library").wait_for()
    assert axe_violations(tab) == []
    tab.keyboard.press("g")
    tab.keyboard.press("l")  # not below a dialog
    tab.keyboard.press("Escape")
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "prompt"
    tab.locator("body").evaluate("() => document.activeElement.blur()")
    tab.keyboard.press("g")
    tab.keyboard.press("l")
    tab.wait_for_url(re.compile("/library/"))


def test_what_is_typed_while_the_palette_loads_goes_into_it(tab, live_site):  # noqa: F811
    held = []
    tab.route("**/shortcuts/palette*.js", lambda route: held.append(route))
    tab.goto(f"{live_site.url}/trash/")
    with tab.expect_request("**/shortcuts/palette*.js"):
        tab.keyboard.press("Control+k")
    for key in ("t", "o", " ", "u", "p", "x", "Backspace", "l", "Enter"):
        tab.keyboard.press(key)
    assert tab.locator("dialog[open]").count() == 0
    wait_for(lambda: tab.evaluate("true") and held, what="the request at the door")
    held[0].continue_()
    tab.wait_for_url(re.compile("/uploads/"))


def test_the_end_of_a_longer_shortcut_is_no_shortcut_of_its_own(tab, live_site):  # noqa: F811
    alice = User.objects.get(username="alice")
    for place in range(2):
        make_image(alice, prompt=f"heart {place}")
    tab.goto(f"{live_site.url}/library/")
    tab.locator(".tile.is-loaded .tile__link").first.focus()
    tab.keyboard.press("Space")
    tab.keyboard.press("Shift+ArrowRight")
    tab.get_by_text("2 selected").first.wait_for()
    tab.keyboard.press("g")
    tab.keyboard.press("c")
    tab.wait_for_url(re.compile("/collections/$"))


def test_the_running_job_is_cancelled_by_a_shortcut(page, live_site):  # noqa: F811
    enter(page)
    page.fill("#prompt", "a red heart")
    page.fill("#steps", "150")
    page.fill("#count", "4")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-job]")
    page.keyboard.press("Control+Shift+Backspace")
    page.wait_for_selector("[data-job][data-status=cancelled]")


def test_generating_forever_goes_on_after_a_job_that_ended_before_its_answer_came(page, live_site):  # noqa: F811
    def answer_late(route):
        answer = route.fetch()
        finished(Job.objects.get(pk=answer.json()["id"]))
        route.fulfill(response=answer)

    enter(page)
    page.route("**/api/v1/jobs", answer_late, times=1)
    page.fill("#prompt", "a red heart")
    forever = page.get_by_role("button", name="Generate forever")
    with page.expect_response(lambda answer: answer.request.method == "POST" and Job.objects.count() > 1):
        forever.click()
    forever.click()
    assert forever.get_attribute("aria-pressed") == "false"


def press(page, name, keys):  # noqa: F811
    """Press the button that changes a shortcut, then keys."""
    page.get_by_role("button", name=f"Change the keys of “{name}”").first.click()
    for key in keys:
        page.keyboard.press(key)


def test_keys_are_chosen_kept_and_reset_and_conflicts_are_named(tab, live_site):  # noqa: F811
    alice = User.objects.get(username="alice")
    make_image(alice, prompt="a red heart")
    tab.goto(f"{live_site.url}/settings/shortcuts/")
    tab.wait_for_selector("[data-shortcut]")
    assert axe_violations(tab) == []
    press(tab, "Switch the theme", ["g", "l"])
    tab.get_by_text("G L is taken by “Go to the library”").wait_for()
    press(tab, "Switch the theme", ["Control+w"])
    tab.get_by_text("Ctrl+W belongs to the browser").wait_for()
    press(tab, "Switch the theme", ["Control+k"])
    tab.get_by_text("Ctrl+K is taken by “Commands”").wait_for()
    press(tab, "Switch the theme", ["Alt+Shift+t"])
    tab.get_by_text("Saved.").wait_for()
    tab.keyboard.press("Alt+Shift+t")
    assert tab.evaluate("document.documentElement.dataset.theme") == "light"
    tab.locator("[data-shortcut='grid.favourite'] button").first.click()
    tab.keyboard.press("Alt+Shift+f")
    wait_for(lambda: "grid.favourite" in kept(alice), what="the keys")
    tab.goto(f"{live_site.url}/library/")
    tab.locator(".tile.is-loaded .tile__link").first.focus()
    tab.keyboard.press("f")
    tab.keyboard.press("Alt+Shift+f")
    wait_for(lambda: alice.images.get().is_favourite, what="the mark")
    tab.goto(f"{live_site.url}/settings/shortcuts/")
    tab.get_by_role("button", name="Reset all shortcuts").click()
    wait_for(lambda: kept(alice) == {}, what="the reset")


def kept(user):
    user.refresh_from_db()
    return user.preferences.get("shortcuts", {})
