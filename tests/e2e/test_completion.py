"""Help while one writes and waits: completion in the prompt, search in long lists, notifications of finished jobs."""

import pytest

from gallery.actions.tags import set_tags
from generation.models import Adapter, Style, Wildcard
from sdsite.accounts.models import User
from tests.e2e.test_library import tab  # noqa: F401
from tests.e2e.test_push_messages import browser  # noqa: F401
from tests.e2e.test_studio import _database_beside_playwright, enter, finals, open_folds, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.factories import make_image, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]
# Counts what the browser is asked to show; `hiddenNow` stands for a tab that nobody looks at.
WATCH = """
Object.defineProperty(document, "hidden", { get: () => window.hiddenNow === true });
window.told = [];
window.Notification = class extends Notification {
  constructor(title, options) { super(title, options); window.told.push([title, options.tag]); }
};
0;
"""


@pytest.fixture
def studio(tab, live_site):  # noqa: F811
    """The studio with LoRAs, a style, a wildcard and a tag."""
    alice = User.objects.get(username="alice")
    for number in range(14):
        Adapter.objects.create(kind="lora", slug=f"ink-{number}", title=f"Ink wash {number}", location=f"ink{number}")
    Adapter.objects.filter(slug="ink-3").update(default_weight=0.8)
    Adapter.objects.create(kind="lora", slug="other", title="Ink of others", location="other", family="flux")
    Style.objects.create(owner=alice, name="Blue hour", prompt="{prompt}, blue hour")
    Style.objects.create(owner=make_user("bob"), name="Blue of Bob", prompt="blue")
    set_tags(image=make_image(alice), names=["red heather", "heartwood", "sea"])
    set_tags(image=make_image(User.objects.get(username="bob")), names=["heat of Bob"])
    Wildcard.objects.create(name="animals/cats", lines="cat\nlynx", entries=2)
    tab.goto(live_site.url)
    tab.wait_for_selector("[data-connection=open]", state="attached")
    return tab


def offered(page, typed):  # noqa: F811
    """Type, and return what is offered then."""
    page.keyboard.type(typed)
    page.wait_for_selector(".completion .option")
    return page.locator(".completion .option__label").all_inner_texts()


def test_loras_styles_wildcards_and_words_are_completed(studio):
    studio.focus("#prompt")
    prompt = studio.locator("#prompt")
    words = offered(studio, "a hea")
    assert words == ["heartwood", "red heather"]
    assert prompt.get_attribute("aria-activedescendant") is None
    studio.keyboard.press("Enter")  # nothing is marked: a line break
    assert prompt.input_value() == "a hea\n"
    studio.keyboard.press("Backspace")
    studio.wait_for_selector(".completion .option")
    studio.keyboard.press("ArrowDown")
    marked = studio.locator(".completion .option[aria-selected=true]")
    assert prompt.get_attribute("aria-activedescendant") == marked.get_attribute("id")
    assert axe_violations(studio) == []
    studio.keyboard.press("Tab")
    assert prompt.input_value() == f"a {words[0]}"
    assert studio.locator(".completion").is_hidden()
    assert offered(studio, " <ink wash 3") == ["Ink wash 3", "Ink wash 13"]
    studio.keyboard.press("Enter")
    assert prompt.input_value().endswith(" <lora:ink-3:0.8>")
    assert "Ink of others" not in offered(studio, " <ink")
    studio.keyboard.press("Escape")
    assert studio.locator(".completion").is_hidden()
    studio.keyboard.press("Control+a")
    assert offered(studio, "__cat") == ["animals/cats"]
    studio.keyboard.press("Enter")
    assert prompt.input_value() == "__animals/cats__"
    assert offered(studio, " @blue") == ["Blue hour"]
    studio.keyboard.press("Enter")
    assert prompt.input_value() == "__animals/cats__ "
    studio.wait_for_selector("[data-saved=styles] input[value='Blue hour']:checked", state="attached")


def test_long_lists_are_searched_and_their_selects_stay(studio):
    open_folds(studio)
    studio.locator("#sampler ~ [data-search-of]").click()
    studio.wait_for_selector(".palette .option")
    studio.keyboard.type("unipc")
    studio.keyboard.press("Enter")
    assert studio.input_value("#sampler") == "unipc"
    assert studio.evaluate("document.activeElement.id") == "sampler"
    assert studio.locator("#checkpoint ~ [data-search-of]").is_hidden()  # it has few


def test_a_job_that_ends_unseen_is_told_where_that_is_wanted(page, live_site):  # noqa: F811
    enter(page)
    page.evaluate(WATCH)
    switch = page.get_by_label("Notify me when a job ends")
    page.context.clear_permissions()
    page.evaluate("Notification.requestPermission = async () => 'denied'")
    switch.click()
    page.get_by_text("The browser does not allow notifications").wait_for()
    assert not switch.is_checked()
    page.context.grant_permissions(["notifications"])
    page.evaluate("Notification.requestPermission = async () => 'granted'")
    switch.click()
    page.get_by_text("The browser does not allow notifications").wait_for(state="hidden")
    assert switch.is_checked()
    page.fill("#prompt", "a red heart")
    page.evaluate("window.hiddenNow = true")
    page.keyboard.press("Control+Enter")
    finals(page, 1)
    page.wait_for_function("() => window.told.length === 1")
    [[title, tag]] = page.evaluate("window.told")
    assert "a red heart" in title
    assert tag
    page.wait_for_function("() => document.title.startsWith('(1) ')")
    page.evaluate("window.hiddenNow = false; document.dispatchEvent(new Event('visibilitychange'))")
    assert page.title().startswith("Studio")
    page.reload()
    page.wait_for_selector("[data-notify]:checked")
