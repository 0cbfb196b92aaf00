"""The whole road in a browser: log in, type a prompt, watch, reload, look at the library."""

import contextlib
import re
import shutil

import pytest

from generation.models import Checkpoint
from tests.support.clients.logged_in import client_of
from tests.support.factories import PASSWORD, make_user

pytestmark = [pytest.mark.django_db(transaction=True)]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHELL = shutil.which("chromium-headless-shell")  # Chromium without windows, for half the processor time


@pytest.fixture(scope="module", autouse=True)
def _database_beside_playwright():
    """Playwright's synchronous API keeps an event loop in this thread, which Django takes for an async caller."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@contextlib.contextmanager
def launched(executable):
    """Run a Chromium until the context ends."""
    from playwright.sync_api import sync_playwright

    if not executable:
        pytest.fail("browser tests need a Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=executable, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser():
    with launched(SHELL or CHROMIUM) as browser:
        yield browser


# What the browser notes of a request that is refused, and of a socket after one's session has ended.
REFUSED = re.compile(r"\b422\b|WebSocket .* response code: 403")
# The same of an open page that asks who it is after its person has signed out; whether it still does so is chance.
SIGNED_OUT = re.compile(rf"{REFUSED.pattern}|\b401\b")


@pytest.fixture
def page(browser, live_site, request):
    """A logged-in page of the studio that fails the test when its console shows an error.

    The studio costs three seconds of a processor: tests of other pages are marked `blank_page` and get one that shows
    nothing yet. A test in which its person signs out is marked `signs_out`.
    """
    expected = SIGNED_OUT if request.node.get_closest_marker("signs_out") else REFUSED
    session = client_of(make_user("alice")).cookies["sessionid"].value
    context = browser.new_context(base_url=live_site.url, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_site.url}])
    page = context.new_page()
    complaints = []
    # The browser notes every refused request by itself; a refusal is not a fault of the page.
    page.on(
        "console",
        lambda line: complaints.append(line.text) if line.type == "error" and not expected.search(line.text) else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    if not request.node.get_closest_marker("blank_page"):
        enter(page)
    yield page
    found = list(complaints)  # of the test's own time: what a page says while it is closed is no fault
    context.close()
    assert found == []


def enter(page):
    """Open the studio with all of its folds."""
    page.goto("/")
    page.wait_for_selector("[data-connection=open]", state="attached")
    open_folds(page)


def open_folds(page):
    """Open the advanced settings and the queue."""
    page.evaluate("for (const fold of document.querySelectorAll('[data-fold]')) fold.open = true")


def ask(page, prompt, *, count=1, steps=None):
    page.fill("#prompt", prompt)
    page.fill("#count", str(count))
    if steps:
        page.fill("#steps", str(steps))
    page.press("#prompt", "Control+Enter")
    page.wait_for_selector("[data-job]")
    # An event may show the card before the answer is there, and until then nothing more is asked.
    page.wait_for_selector("[data-submit]:not([aria-disabled])")


# Remembers every different preview that each tile shows, from inside the page.
WATCH = """
window.seen = {};
new MutationObserver((changes) => {
  for (const { target } of changes) {
    if (!target.matches("[data-preview]") || !target.src) continue;
    const index = target.closest("[data-tile]").dataset.tile;
    (window.seen[index] ??= new Set()).add(target.src);
  }
}).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["src"] });
"""


def previews_seen(page):
    return page.evaluate("Object.fromEntries(Object.entries(window.seen).map(([k, v]) => [k, v.size]))")


def finals(page, count):
    page.wait_for_function(
        "count => document.querySelectorAll('[data-job] [data-final]').length >= count &&"
        " [...document.querySelectorAll('[data-final]')].every(image => image.complete && image.naturalWidth)",
        arg=count,
        timeout=60_000,
    )


def test_a_prompt_becomes_images_with_previews(page):
    page.evaluate(WATCH)
    ask(page, "a red heart", count=2, steps=60)
    finals(page, 2)
    seen = previews_seen(page)
    assert set(seen) == {"0", "1"}
    assert all(count >= 3 for count in seen.values()), seen
    page.wait_for_selector("[data-job][data-status=succeeded]")  # the last image comes before the end


def test_a_reload_in_mid_job_shows_it_still(page):
    ask(page, "a green tree", count=2, steps=80)
    page.wait_for_function("() => document.querySelector('[data-preview]')?.src")
    page.reload()
    page.wait_for_selector("[data-job]")
    page.wait_for_function("() => document.querySelector('[data-preview]')?.src")
    assert "a green tree" in page.locator("[data-job]").first.inner_text()
    page.evaluate(WATCH)
    finals(page, 2)
    assert sum(previews_seen(page).values()) >= 3


def test_a_second_device_sees_the_job_and_may_stop_it(page):
    ask(page, "a blue whale", count=16, steps=150)
    other = page.context.new_page()
    other.goto("/")
    other.wait_for_selector("[data-job]")
    other.wait_for_function("() => document.querySelector('[data-preview]')?.src")
    other.click("[data-job] [data-action=cancel]")
    for tab in (other, page):
        tab.wait_for_selector("[data-job][data-status=cancelled]")


def test_the_viewer_opens_turns_pages_and_closes_by_keyboard(page):
    ask(page, "a yellow star", count=2, steps=4)
    finals(page, 2)
    page.click("[data-tile='0']")  # alone on the stage
    page.locator("[data-tile='1']").wait_for(state="hidden")
    page.click("[data-tile='0']")
    viewer = page.locator("[data-viewer]")
    viewer.wait_for(state="visible")
    viewer.locator("[data-panel]").get_by_text("a yellow star").first.wait_for()
    first = page.locator("[data-viewer-image]").get_attribute("src")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "first => document.querySelector('[data-viewer-image]').getAttribute('src') !== first", arg=first
    )
    page.keyboard.press("Escape")
    viewer.wait_for(state="hidden")


def test_from_a_prompt_to_an_image_by_keyboard_alone(page):
    Checkpoint.objects.update(vocabulary=[{"category": "Things", "words": ["red heart", "fox"]}])
    page.reload()
    page.wait_for_selector("[data-connection=open]", state="attached")
    assert page.evaluate("document.activeElement.id") == "prompt"
    page.keyboard.type("a red quantum")
    page.wait_for_selector("[data-unknown] >> text=does not know: quantum")
    page.keyboard.press("Control+ArrowUp")
    page.wait_for_function("() => document.querySelector('#prompt').value === 'a red (quantum:1.1)'")
    page.keyboard.press("Control+A")
    page.keyboard.type("a red heart")
    page.locator("[data-unknown]").wait_for(state="hidden")
    page.wait_for_selector("[data-estimate] >> text=about")
    page.keyboard.press("Control+Enter")
    finals(page, 1)
    page.wait_for_selector("[data-history-job]")
    page.keyboard.press("Control+A")
    page.keyboard.type("a fox")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    assert page.input_value("#prompt") == "a red heart"
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    assert page.input_value("#prompt") == "a fox"
    page.focus("[data-do=favourite]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-do=favourite][aria-pressed=true]")
    page.focus("[data-do=trash]")
    page.keyboard.press("Enter")
    page.locator("[data-history-job]").wait_for(state="detached")
    page.get_by_role("button", name="Undo").press("Enter")
    page.wait_for_selector("[data-history-job]")


def test_bad_input_names_the_field_and_loses_nothing(page):
    page.fill("#prompt", "a red heart")
    page.fill("#steps", "100000")
    page.click("[data-submit]")
    error = page.locator("[data-error-for=steps]")
    error.wait_for(state="visible")
    assert "250" in error.inner_text()
    assert page.input_value("#prompt") == "a red heart"
    assert page.locator("[data-job]").count() == 0


def test_errors_name_the_fields_by_their_labels(page):
    page.click("[data-group=grid] summary")
    page.click("text=Add an axis")
    page.fill("#count", "999")
    page.evaluate("document.querySelector('#seed').value = 'red'; document.querySelector('[data-lock]').click()")
    page.click("[data-submit]")
    page.wait_for_selector("[data-error-for=count]", state="visible")
    errors = dict(
        page.eval_on_selector_all(
            "[data-error-for]:not([hidden])", "all => all.map(one => [one.dataset.errorFor, one.textContent])"
        )
    )
    assert errors["count"].startswith("Images must be 1 to 256; got 999")
    assert errors["seed"].startswith("Seed must be a whole number")
    assert errors["grid.axes.0.values"].startswith("X/Y/Z plot: values must be 1 to 64")


def test_the_library_reopens_settings_in_the_studio(page):
    ask(page, "a purple heart", steps=7)
    finals(page, 1)
    page.goto("/library/")
    page.locator(".tile").first.hover()
    page.locator("a[href^='/?from=']").first.click()
    page.wait_for_function("() => document.querySelector('#prompt')?.value === 'a purple heart'")
    assert page.input_value("#steps") == "7"
    assert re.fullmatch(r"\d+", page.input_value("#seed"))


def test_a_page_whose_session_has_ended_meanwhile_says_so(browser, live_site):
    make_user("alice", hasher="pbkdf2_sha256")
    context = browser.new_context(base_url=live_site.url)
    page = context.new_page()
    page.goto("/")
    page.fill("[name=login]", "alice")
    page.fill("[name=password]", PASSWORD)
    # A connection that breaks off before its first message, as where the handshake is refused.
    page.route_web_socket(re.compile("/ws/events/"), lambda socket: socket.close(code=1011))
    page.click("main button[type=submit]")
    page.wait_for_selector("[data-connection=reconnecting]", state="attached")
    context.clear_cookies()
    page.wait_for_selector("[data-connection=signed-out]", state="attached")
    assert page.locator("[data-connection-login]").is_visible()
    context.close()
