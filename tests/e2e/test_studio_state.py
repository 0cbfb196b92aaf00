"""The studio's state in a browser: another tab starts with it, and a tab that is shown again takes it."""

import json

import pytest

from generation.models import Checkpoint, Job, StudioState
from sdsite.accounts.models import User
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True)]


def kept(**form):
    """Tell whether the server keeps these values."""
    row = StudioState.objects.first()
    return row is not None and {name: row.form.get(name) for name in form} == form and row


def show_again(tab):
    """Tell a page that it is visible again, as when one returns to its tab."""
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def wait_for_steps(tab, steps):
    tab.wait_for_function("steps => document.querySelector('#steps').value === steps", arg=steps)


def test_earlier_prompts_are_listed_searched_and_inserted_by_keys(page):  # noqa: F811
    alice, checkpoint = User.objects.get(username="alice"), Checkpoint.objects.get()
    for prompt in ("a fox in the snow", "a blue whale"):
        Job.objects.create(
            owner=alice, checkpoint=checkpoint, prompt=prompt, parameters={"prompt": prompt}, status="failed"
        )
    page.fill("#prompt", "mine, unsent")
    page.get_by_role("button", name="Earlier prompts").press("Enter")
    rows = page.locator("#past-prompts [role=option]")
    rows.nth(1).wait_for()
    assert rows.locator("span:first-child").all_inner_texts() == ["a blue whale", "a fox in the snow"]
    page.keyboard.press("ArrowDown")
    assert rows.nth(1).get_attribute("aria-selected") == "true"
    page.keyboard.type("whale")
    page.wait_for_function("() => document.querySelectorAll('#past-prompts [role=option]').length === 1")
    page.keyboard.press("Enter")
    assert page.input_value("#prompt") == "a blue whale"
    assert page.evaluate("document.activeElement.id") == "prompt"
    page.keyboard.press("Control+Z")
    assert page.input_value("#prompt") == "mine, unsent"


def test_settings_and_folds_go_to_the_next_tab_and_come_back(page):  # noqa: F811
    page.fill("#prompt", "a red heart")
    page.fill("#negative_prompt", "blurry")
    page.evaluate("document.querySelector('[data-fold=queue]').open = false")
    page.evaluate("document.querySelector('[data-group=grid]').open = true")
    page.fill("#steps", "33")
    row = wait_for(lambda: kept(steps=33, negative_prompt="blurry"), what="the settings to be kept")
    assert "prompt" not in row.form
    assert "a red heart" not in json.dumps(row.form)

    other = page.context.new_page()
    other.goto("/")
    other.wait_for_selector("[data-connection=open]", state="attached")
    assert (other.input_value("#steps"), other.input_value("#prompt")) == ("33", "")
    assert other.input_value("#negative_prompt") == "blurry"
    is_open = "name => document.querySelector(name).open"
    assert other.evaluate(is_open, "[data-group=grid]")
    assert not other.evaluate(is_open, "[data-fold=queue]")
    assert StudioState.objects.get().version == row.version  # looking changes nothing

    other.fill("#prompt", "a blue whale")
    other.fill("#steps", "12")
    wait_for(lambda: kept(steps=12), what="the other tab's settings to be kept")
    show_again(page)
    wait_for_steps(page, "12")
    assert page.input_value("#prompt") == "a red heart"

    # A tab with changes that are not kept yet does not lose them to another tab's.
    page.fill("#steps", "100000")
    page.wait_for_function(
        "() => JSON.parse(sessionStorage.getItem(Object.keys(sessionStorage).find("
        "key => key.startsWith('sdsite.state')))).isUnsaved"
    )
    show_again(page)
    page.reload()
    page.wait_for_selector("[data-connection=open]", state="attached")
    assert (page.input_value("#steps"), page.input_value("#prompt")) == ("100000", "a red heart")
    page.click("[data-reset]")
    wait_for(lambda: kept(steps=20), what="the defaults to be kept")
