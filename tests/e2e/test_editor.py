"""The editor in a browser: paint a mask and inpaint it, extend the frame, undo, reload, and what goes wrong."""

import os
import re

import numpy as np
import pytest
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from gallery.models import Image, Upload
from generation.models import Job
from sdsite.accounts.models import User
from tests.e2e.test_studio import _database_beside_playwright, browser  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_image, make_user
from tests.support.images import encoded, picture, upload_of

pytestmark = [pytest.mark.django_db(transaction=True)]
# Refused requests are noted by the browser itself; inline styles are tried by axe and for screenshots, and blocked.
NO_FAULT = re.compile(r"status of 4\d\d|Applying inline style")
SHOTS = os.environ.get("SHOTS")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "light"}
DESK = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"}


@pytest.fixture
def open_page(browser, live_site):  # noqa: F811
    """Return a function that opens a page as Alice on a device; errors in the console fail the test."""
    session = client_of(make_user("alice")).cookies["sessionid"].value
    complaints, contexts = [], []

    def opened(path, **device):
        context = browser.new_context(base_url=live_site.url, **(device or DESK))
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_site.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda line: (
                complaints.append(line.text) if line.type == "error" and not NO_FAULT.search(line.text) else None
            ),
        )
        page.goto(path)
        page.wait_for_selector("[data-connection=open]", state="attached")
        page.wait_for_function("() => document.querySelector('[data-image]').naturalWidth > 0")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def textured(owner, size=(128, 128)):
    """Return an image of the library in which no two pixels beside each other are equal."""
    image = make_image(owner, size=size)
    rng = np.random.default_rng(3)
    pixels = Pillow.fromarray(rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    with default_storage.open(image.file, "wb") as file:
        pixels.save(file, "PNG")
    return image, np.asarray(pixels)


def pixels_of(image):
    with default_storage.open(image.file) as file:
        return np.asarray(Pillow.open(file).convert("RGB"))


def on_stage(page, x, y):
    """Return where a pixel of the image is in the window."""
    box = page.locator("[data-image]").bounding_box()
    width = int(page.get_attribute("[data-image]", "width"))
    return box["x"] + x * box["width"] / width, box["y"] + y * box["width"] / width


def paint(page, start, end):
    """Draw a stroke with the mouse between two pixels of the image."""
    page.mouse.move(*on_stage(page, *start))
    page.mouse.down()
    page.mouse.move(*on_stage(page, *end), steps=6)
    page.mouse.up()


MASK = """() => {
  const canvas = document.querySelector("[data-mask]");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: data.length / 4 }, (_, place) => data[place * 4 + 3]);
}"""


def mask(page):
    """Return the mask on the canvas as an array of rows."""
    width = page.evaluate("document.querySelector('[data-mask]').width")
    return np.array(page.evaluate(MASK), dtype=np.uint8).reshape(-1, width)


def generated(page):
    """Press Generate, and return the image that lies over the old one in the end."""
    page.click("[data-submit]")
    page.wait_for_selector("[data-results][data-status=succeeded]", timeout=60_000)
    page.wait_for_function("() => document.querySelector('[data-result-image]').naturalWidth > 0")
    job = Job.objects.latest("created_at")
    return job, Image.objects.filter(job_id=job.pk).order_by("index").first()


def shoot(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/editor-{name}.png")


def check(page, name):
    """Look for faults of accessibility in both schemes."""
    before = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        shoot(page, f"{name}-{scheme}")
        assert axe_violations(page) == []
    page.emulate_media(color_scheme="dark" if before else "light")


def test_a_painted_mask_is_generated_and_the_rest_stays(open_page):
    image, before = textured(User.objects.get())
    page = open_page(f"/images/{image.pk}/edit/")
    assert page.input_value("#prompt") == "a red heart"
    page.click("[data-submit]")
    page.wait_for_selector("[data-error-words] >> text=Paint over what should change")
    paint(page, (40, 50), (80, 60))
    painted = mask(page)
    assert painted.max() == 255
    assert painted[:30].max() == 0
    check(page, "painted")
    page.fill("#mask_blur", "0")
    page.select_option("#mask_fill", "noise")
    page.locator("[name=count]").nth(1).check(force=True)
    job, result = generated(page)
    assert page.is_hidden("[data-error]")
    parameters = job.parameters
    assert (parameters["task"], parameters["mask_area"], job.count) == ("inpaint", "whole", 2)
    assert parameters["init_image"] == f"image:{image.pk}"
    after = pixels_of(result)
    assert np.array_equal(after[painted == 0], before[painted == 0])
    assert not np.array_equal(after[painted == 255], before[painted == 255])
    check(page, "result")
    page.locator("[data-result-slider]").fill("50")
    assert "50%" in page.evaluate("document.querySelector('[data-result-image]').style.clipPath")
    page.locator("[data-index='1']").click()
    page.click("[data-do=useResult]")
    second = Image.objects.get(job_id=job.pk, index=1)
    page.wait_for_url(f"**/images/{second.pk}/edit/")
    assert mask(page).max() == 0
    page.keyboard.press("Control+z")
    page.wait_for_url(f"**/images/{image.pk}/edit/")
    assert np.array_equal(mask(page), painted)
    page.keyboard.press("Control+Shift+z")
    page.wait_for_url(f"**/images/{second.pk}/edit/")


def test_the_frame_is_dragged_outwards_on_a_phone(open_page):
    image, before = textured(User.objects.get())
    page = open_page(f"/images/{image.pk}/edit/", **PHONE)
    shoot(page, "phone")
    page.click("[data-tool=frame]")
    handle = page.locator("[data-handle=right]")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50 * page.locator("[data-image]").bounding_box()["width"] / 128, y, steps=4)
    page.mouse.up()
    assert handle.inner_text() == "+64"
    page.locator("[data-handle=bottom]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert page.get_attribute("[data-handle=bottom]", "aria-valuenow") == "64"
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert page.get_attribute("[data-handle=bottom]", "aria-valuenow") == "0"
    for _ in range(20):
        page.locator("[data-handle=left]").press("ArrowLeft")
    assert page.get_attribute("[data-handle=left]", "aria-valuenow") == "1024"
    assert "at most 1024 pixels" in page.inner_text("[data-say]")
    for _ in range(16):
        page.locator("[data-handle=left]").press("ArrowRight")
    check(page, "frame-phone")
    job, result = generated(page)
    assert job.parameters["outpaint"] == {"left": 0, "top": 0, "right": 64, "bottom": 0}
    assert job.parameters["mask_area"] == "masked", "the starter generates 128 x 128 pixels and nothing else"
    after = pixels_of(result)
    assert after.shape == (128, 192, 3)
    assert np.array_equal(after[:, :128], before)
    check(page, "outpainted-phone")
    page.click("[data-do=useResult]")
    page.wait_for_url(f"**/images/{result.pk}/edit/")
    assert page.text_content("[data-size]") == "192 × 128"


def test_strokes_survive_a_reload_and_the_end_of_the_session(open_page):
    image, _ = textured(User.objects.get())
    page = open_page(f"/images/{image.pk}/edit/")
    paint(page, (20, 20), (60, 20))
    first = mask(page)
    page.keyboard.press("e")
    paint(page, (40, 0), (40, 60))
    second = mask(page)
    assert second.sum() < first.sum()
    page.keyboard.press("Control+z")
    assert np.array_equal(mask(page), first)
    page.keyboard.press("Control+Shift+z")
    assert np.array_equal(mask(page), second)
    page.fill("#prompt", "a blue whale")
    page.reload()
    page.wait_for_function(f"() => {{ const mask = ({MASK})(); return Math.max(...mask) === 255; }}")
    assert np.array_equal(mask(page), second)
    assert page.input_value("#prompt") == "a blue whale"
    page.context.clear_cookies()
    page.click("[data-submit]")
    page.wait_for_selector("[data-error-login]", state="visible")
    assert "Your session has ended" in page.inner_text("[data-error]")
    assert np.array_equal(mask(page), second)


def test_the_brush_is_moved_and_paints_by_keys(open_page):
    image, _ = textured(User.objects.get())
    page = open_page(f"/images/{image.pk}/edit/")
    page.locator("[data-do=actualSize]").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('[data-stage]')")
    for key in ("[", "[", "ArrowLeft", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.down(" ")
    page.keyboard.press("ArrowUp")
    page.keyboard.up(" ")
    assert "from the left" in page.inner_text("[data-say]")
    painted = mask(page)
    assert 0 < (painted > 0).sum() < 128 * 128 / 8
    page.keyboard.press("i")
    assert np.array_equal(mask(page), 255 - painted)
    page.keyboard.press("i")
    page.click("[data-do=feather]")
    soft = mask(page)
    assert ((soft > 0) & (soft < 255)).sum() > ((painted > 0) & (painted < 255)).sum()
    with page.expect_download() as download:
        page.click("[data-do=saveMask]")
    saved = np.asarray(Pillow.open(download.value.path()).convert("L"))
    assert np.array_equal(saved, soft)
    page.keyboard.press("Delete")
    assert mask(page).max() == 0
    file = {"name": "mask.png", "mimeType": "image/png", "buffer": encoded(Pillow.fromarray(saved))}
    page.locator("[data-mask-file]").set_input_files(file)
    page.wait_for_function(f"() => Math.max(...({MASK})()) > 0")
    assert np.array_equal(mask(page), soft)


def test_bad_files_are_refused_and_an_image_that_is_gone_goes_on_as_a_copy(open_page):
    image, before = textured(User.objects.get())
    page = open_page(f"/images/{image.pk}/edit/")
    paint(page, (40, 50), (80, 60))
    painted = mask(page)
    page.locator("[data-mask-file]").set_input_files(
        {"name": "notes.png", "mimeType": "image/png", "buffer": b"no image"}
    )
    page.wait_for_selector("[data-error-words] >> text=notes.png is not an image")
    page.evaluate("""() => {
      const transfer = new DataTransfer();
      const file = new File(["x"], "huge.png", { type: "image/png" });
      transfer.items.add(file);
      Object.defineProperty(transfer.files[0].constructor.prototype, "size", { get: () => 5e8, configurable: true });
      const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
      document.querySelector("[data-stage]").dispatchEvent(new DragEvent("drop", options));
      delete File.prototype.size;
    }""")
    page.wait_for_selector("[data-error-words] >> text=huge.png has 500 MB")
    small = {"name": "small.png", "mimeType": "image/png", "buffer": encoded(picture("white", (64, 32)))}
    page.locator("[data-mask-file]").set_input_files(small)
    page.wait_for_selector("text=The mask has 64 × 32 pixels, the image 128 × 128.")
    check(page, "other-size")
    page.click("[data-choice-first]")
    assert np.array_equal(mask(page), painted)
    page.locator("[data-mask-file]").set_input_files(small)
    page.click("[data-choice-second]")
    page.wait_for_function(f"() => Math.min(...({MASK})()) === 255")
    page.keyboard.press("Control+z")
    assert np.array_equal(mask(page), painted)
    image.delete()
    page.click("[data-submit]")
    page.click("[data-error-copy]")
    page.wait_for_url("**/images/edit/?upload=*")
    copy = Upload.objects.get(pk=page.url.split("=")[1])
    assert np.array_equal(pixels_of(copy), before)
    assert np.array_equal(mask(page), painted)
    page.fill("#mask_blur", "0")
    job, result = generated(page)
    assert job.parameters["init_image"] == f"upload:{copy.pk}"
    assert np.array_equal(pixels_of(result)[painted == 0], before[painted == 0])


def test_a_part_is_cut_out_and_becomes_the_image(open_page):
    upload = upload_of(User.objects.get(), picture("green", (200, 100)))
    page = open_page(f"/images/edit/?upload={upload.pk}")
    page.keyboard.press("c")
    check(page, "crop")
    page.click("[data-do=applyCrop]")
    page.wait_for_selector("[data-error-words] >> text=Draw over the part to keep")
    paint(page, (20, 10), (120, 90))
    assert page.input_value("[data-crop=width]") == "100"
    page.fill("[data-crop=left]", "30")
    page.fill("[data-crop=height]", "64")
    page.click("[data-do=applyCrop]")
    page.wait_for_function("() => document.querySelector('[data-size]').textContent === '100 × 64'")
    cut = Upload.objects.get(pk=page.url.split("=")[1])
    assert (cut.width, cut.height) == (100, 64)
    page.keyboard.press("Control+z")
    page.wait_for_url(f"**/?upload={upload.pk}")


def test_the_empty_page_takes_a_file(open_page, browser, live_site):  # noqa: F811
    upload = upload_of(User.objects.get())
    page = open_page(f"/images/edit/?upload={upload.pk}")
    page.goto("/images/edit/")
    check(page, "empty")
    file = {"name": "mine.png", "mimeType": "image/png", "buffer": encoded(picture("blue", (70, 50)))}
    page.locator("[data-open-file]").set_input_files(file)
    page.wait_for_url("**/images/edit/?upload=*")
    page.wait_for_selector("[data-size] >> text=70 × 50")
