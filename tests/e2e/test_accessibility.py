"""Pages as axe-core and those see them who need other colours, larger text, a narrow window or no motion."""

import pytest

from gallery.actions.collections import add_images, create_collection
from gallery.actions.trash import trash_images
from gallery.models import Image
from tests.e2e.test_studio import _database_beside_playwright, browser  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_image, make_user
from tests.support.images import upload_of
from tests.support.limits import limit

pytestmark = [pytest.mark.django_db(transaction=True)]
ALL = (
    "/settings/",
    "/settings/keys/",
    "/settings/usage/",
    "/settings/invitations/",
    "/settings/data/",
    "/accounts/email/",
    "/accounts/logout/",
    "/offline/",
)
ADMIN = (
    "/admin/",
    "/admin/generation/job/",
    "/admin/accounts/user/",
    "/admin/accounts/invitation/add/",
    "/admin/accounts/role/",
    "/admin/accounts/sitesettings/",
)
FITS = "document.documentElement.scrollWidth <= innerWidth"
LONG_NAME = "Everything that was made in the summer of the year before last, and some of the autumn"


@pytest.fixture
def pages_of_alice(live_site):
    """Alice, and the addresses of her pages with images on them: a library, a collection, a trash, an upload."""
    alice = make_user("alice", is_staff=True, is_superuser=True)
    images = [make_image(alice, index=index, size=(128 + 32 * index, 128)) for index in range(4)]
    collection = create_collection(owner=alice, name=LONG_NAME, description="Words. " * 40)
    add_images(collection=collection, ids=[image.pk for image in images[:2]])
    trash_images(images=Image.objects.filter(pk=images[3].pk), owner=alice)
    limit(most_queued=5, most_seconds_a_day=600)
    one, other = images[0].pk, images[1].pk
    addresses = (
        *("/", "/library/", "/library/?q=nothing", "/collections/", f"/collections/{collection.pk}/", "/explore/"),
        *("/trash/", "/uploads/", f"/uploads/{upload_of(alice).pk}/", f"/images/{one}/", f"/images/{one}/edit/"),
        *(f"/compare/?ids={one},{other}", "/settings/", "/settings/keys/", "/settings/shortcuts/"),
        *("/checkpoints/starter/words/", "/moderation/", "/admin/generation/job/", "/admin/gallery/image/"),
    )
    return alice, addresses


@pytest.fixture
def open_context(browser, live_site):  # noqa: F811
    """Open a page in a context of its own, as somebody who is logged in."""
    contexts = []

    def open_page(user, **options):
        contexts.append(browser.new_context(base_url=live_site.url, service_workers="block", **options))
        if user:
            session = client_of(user).cookies["sessionid"].value
            contexts[-1].add_cookies([{"name": "sessionid", "value": session, "url": live_site.url}])
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_pages_have_no_faults(open_context, live_site, width, scheme):
    alice = make_user("alice", is_staff=True, is_superuser=True)
    window = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    found = {}

    def look(page, address):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found[address] = axe_violations(page)
        assert page.evaluate(FITS), address
        for narrow in (320, 720):  # 720: a window of 1440 at 200 %
            page.set_viewport_size({"width": narrow, "height": 450})
            assert page.evaluate(FITS), (address, narrow)
        page.set_viewport_size({"width": width, "height": 844})

    for address in ("/accounts/login/", "/accounts/signup/"):
        look(open_context(None, **window), address)
    page = open_context(alice, **window)
    errors = []
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    image = make_image(alice).pk
    forms = (f"/admin/accounts/user/{alice.pk}/change/", f"/admin/gallery/image/{image}/delete/")
    for address in (*ALL, *ADMIN, *forms, "/api/v1/docs"):
        look(page, address)
    assert errors == []
    assert {address: faults for address, faults in found.items() if faults} == {}


# What is current or pressed, and shows it by nothing that forced colours leave; a visible box shows its own tick.
UNMARKED = """
() => [...document.querySelectorAll("[aria-current]:not([aria-current=false]), [aria-pressed=true], :has(> :checked)")]
  .filter((node) => node.matches("label, a, button"))
  .filter((node) => node.checkVisibility() && !node.closest("[popover]:not(:popover-open), iframe"))
  .filter((node) => !(node.control?.checkVisibility({ checkOpacity: true }) && node.control.offsetWidth > 1))
  .filter((node) => {
    const { outlineStyle, textDecorationLine } = getComputedStyle(node);
    return outlineStyle === "none" && textDecorationLine === "none";
  })
  .map((node) => `unmarked: ${node.outerHTML.slice(0, 120)}`)
"""
# The styles of a window's new width apply from its next frame on.
RESIZED = """
async ([width, text]) => {
  document.documentElement.style.fontSize = `${text}%`;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  while (!matchMedia(`(width: ${width}px)`).matches) await frame();
  await frame();
  await frame();
}
"""
MOVING = """
() => document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().activeDuration > 10)
  .map((one) => `${one.constructor.name} of ${one.effect.target?.className}`)
  .concat(getComputedStyle(document.documentElement).scrollBehavior === "auto" ? [] : ["smooth scrolling"])
"""
# What lies over its neighbour in a bar, or beyond the bar's end, and bars that scroll sideways with words out of sight,
# after the second that scripts have to follow a resize.
CROWDED = """
async () => {
const scrolls = (bar) => bar.checkVisibility() && bar.scrollWidth > bar.clientWidth + 1;
const rows = ".tabs, .folds, .actions, .image-panel__line, .nav a span";
const cut = () => [...document.querySelectorAll(rows)].filter(scrolls);
const crowded = () => [...document.querySelectorAll(".header, .grid-bar, .composer__foot")].flatMap((bar) => {
  const ends = bar.getBoundingClientRect();
  const parts = [...bar.children, ...bar.querySelectorAll(".header > .nav > *")]
    .filter((part) => part.checkVisibility() && part.offsetWidth > 1 && !part.matches(".nav, .skip, [popover]"))
    .map((part) => [part, part.getBoundingClientRect()])
    .filter(([, box]) => box.top < ends.bottom && box.bottom > ends.top);  // tabs are at the foot of the page
  const over = parts.filter(([, box], index) => parts.slice(index + 1).some(([, rest]) =>
    Math.min(box.right, rest.right) - Math.max(box.left, rest.left) > 1
    && Math.min(box.bottom, rest.bottom) - Math.max(box.top, rest.top) > 1));
  const beyond = parts.filter(([, box]) => box.right > ends.right + 1 || box.left < ends.left - 1);
  return [...over, ...beyond].map(([part]) => `crowded: ${part.className || part.textContent}`);
}).concat(cut().map((bar) => `cut: ${bar.className}`));
const end = performance.now() + 1000;
while (crowded().length && performance.now() < end) await new Promise((resolve) => requestAnimationFrame(resolve));
return crowded();
}
"""


def test_pages_in_forced_colours_without_motion_and_at_twice_the_text(open_context, pages_of_alice):
    alice, addresses = pages_of_alice
    page = open_context(
        alice, viewport={"width": 1440, "height": 900}, forced_colors="active", reduced_motion="reduce", locale="de"
    )
    found = {}
    for address in addresses:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_load_state("networkidle")
        faults = page.evaluate(UNMARKED) + page.evaluate(MOVING)
        for width, height, text in (
            (1440, 900, 100),
            (768, 1024, 100),
            (390, 844, 100),
            (320, 450, 100),
            (720, 450, 200),
        ):
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate(RESIZED, [width, text])
            faults += [f"{width} px, text {text} %: {words}" for words in page.evaluate(CROWDED)]
            faults += [] if page.evaluate(FITS) else [f"{width} px, text {text} %: scrolls sideways"]
        if faults:
            found[address] = faults
    assert found == {}


def test_a_long_name_of_a_collection_can_be_read_on_a_phone(open_context, pages_of_alice):
    alice, addresses = pages_of_alice
    page = open_context(alice, viewport={"width": 320, "height": 568})
    page.goto(addresses[4])
    title = page.locator("h1").bounding_box()
    assert title["width"] > 280
    assert title["height"] > 30  # two lines
    page.goto("/library/")
    page.get_by_role("button", name="View").click()
    with page.expect_file_chooser():
        page.get_by_text("Import images").locator("visible=true").click()
