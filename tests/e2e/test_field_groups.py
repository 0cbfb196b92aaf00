"""The folds of the studio's form in a browser: what they ask for, take back, and say where something is wrong."""

import io
import os

import pytest
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from gallery.models import Image
from generation.models import Adapter, Job
from sdsite.accounts.models import User
from tests.e2e.test_studio import _database_beside_playwright, ask, browser, finals, open_folds, page  # noqa: F401
from tests.support.factories import make_image

pytestmark = [pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SHOTS")
SIZES = ((1440, 900), (768, 1024), (390, 844))


def shoot(page, name):  # noqa: F811
    """Keep screenshots of the page where SHOTS names a folder."""
    if not SHOTS:
        return
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(250)  # colours change slowly
            page.screenshot(path=f"{SHOTS}/{name}-{scheme}-{width}.png")
            if width <= 900:  # there the settings are a sheet
                page.evaluate("document.querySelector('#parameters')?.showPopover()")
                page.screenshot(path=f"{SHOTS}/{name}-{scheme}-{width}-sheet.png")
                page.evaluate("document.querySelector('#parameters')?.hidePopover()")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1440, "height": 900})


def png(colour="red", size=(128, 128)):
    """Return an image as a browser sends it."""
    file = io.BytesIO()
    Pillow.new("RGB", size, colour).save(file, "PNG")
    return {"name": f"{colour}.png", "mimeType": "image/png", "buffer": file.getvalue()}


def fold(page, name):  # noqa: F811
    """Open a fold and return it."""
    found = page.locator(f"[data-group={name}]")
    if found.get_attribute("open") is None:
        found.locator("summary").click()
    return found


def choose_file(page, name, file):  # noqa: F811
    """Choose a file in an image field, and wait until it is uploaded."""
    field = page.locator(f"[data-image-field]:has([name='{name}'])")
    field.locator("[data-image-field-file]").set_input_files(file)
    field.locator("[data-image-field-chosen]").wait_for()


# What a browser does when somebody drops a file onto the studio.
DROP = """([name, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
  const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
  document.querySelector("[data-studio]").dispatchEvent(new DragEvent("drop", options));
}"""


def drop(page, file):  # noqa: F811
    """Drop a file onto the studio."""
    page.evaluate(DROP, [file["name"], list(file["buffer"])])


def submitted(page):  # noqa: F811
    """Press Generate and return the job that comes of it."""
    before = Job.objects.count()
    with page.expect_response(lambda answer: answer.url.endswith("/api/v1/jobs")) as answer:
        page.click("[data-submit]")
    assert answer.value.status == 202, answer.value.text()
    page.wait_for_selector("[data-job]")
    assert Job.objects.count() == before + 1
    return Job.objects.latest("created_at")


def test_an_uploaded_image_is_the_input_image_of_the_job(page):  # noqa: F811
    drop(page, png("red", (96, 64)))
    page.locator("[data-group=input_image] [data-image-field-chosen]").first.wait_for()
    page.fill("#prompt", "a red heart")
    page.fill("#strength", "0.4")
    page.check("#keep_original")
    page.wait_for_selector("[data-summary-of=input_image] >> text=denoising 0.4")
    job = submitted(page)
    assert job.parameters["task"] == "image_to_image"
    assert job.parameters["init_image"].startswith("upload:")
    assert job.parameters["strength"] == 0.4
    assert job.parameters["keep_original"] is True
    assert job.count == 2
    page.reload()
    open_folds(page)
    page.wait_for_selector("[data-summary-of=input_image] >> text=denoising 0.4")
    fold(page, "input_image").locator("[data-image-field-remove]").first.click()
    assert page.locator("[data-when=text_to_image]").is_visible()
    assert submitted(page).parameters["task"] == "text_to_image"


def test_an_image_of_the_library_is_the_input_image(page):  # noqa: F811
    image = make_image(User.objects.get())
    page.goto(f"/?init={image.pk}")
    open_folds(page)
    page.wait_for_selector("[data-image-field-name] >> text=From your library")
    page.wait_for_function("() => document.querySelector('[data-image-field-thumbnail]').naturalWidth > 0")
    page.check("text=Upscale only")
    assert page.locator("[data-group=hires]").is_hidden()
    fold(page, "upscale")
    page.fill("[name=upscale_by]", "2")
    assert page.locator("[data-submit]").inner_text() == "Upscale"
    job = submitted(page)
    assert job.parameters["task"] == "upscale"
    assert job.parameters["init_image"] == f"image:{image.pk}"
    assert job.parameters["upscale_by"] == 2


def test_folds_say_what_is_wrong_and_ask_for_what_they_say(page):  # noqa: F811
    rows = {"location": "x.safetensors", "family": "sd"}
    Adapter.objects.create(kind="lora", slug="ink", title="Ink", trigger_words="ink wash", default_weight=0.7, **rows)
    Adapter.objects.create(kind="controlnet", slug="edges", title="Edges", **rows)
    Adapter.objects.create(kind="vae", slug="plain", title="Plain", **rows)
    Adapter.objects.create(kind="lora", slug="other", title="Other", location="x.safetensors", family="flux")
    page.reload()
    shoot(page, "closed")
    open_folds(page)
    page.fill("#prompt", "a red heart")
    fold(page, "hires").locator("#hires").check()
    page.fill("[name='hires.scale']", "9")
    page.locator("[data-group=hires] summary").click()
    page.locator("[name='hires.scale']").wait_for(state="hidden")
    page.click("[data-submit]")
    error = page.locator("[data-error-for='hires.scale']")
    error.wait_for(state="visible")
    assert "1 to 4" in error.inner_text()
    assert page.evaluate("document.activeElement.name") == "hires.scale"
    assert Job.objects.count() == 0
    page.fill("[name='hires.scale']", "1.5")
    error.wait_for(state="hidden")
    fold(page, "adapters")
    page.click("[data-list=controls] [data-add]")
    page.click("[data-submit]")
    page.wait_for_selector("text=Choose a control image for the ControlNet.")
    page.click("[data-list=controls] [data-remove]")
    page.click("[data-list=loras] [data-add]")
    assert page.locator("[name='loras.0.name'] option").all_inner_texts() == ["Ink"]
    assert page.input_value("[name='loras.0.weight']") == "0.7"
    page.click("[data-triggers] >> text=ink wash")
    assert page.input_value("#prompt") == "a red heart ink wash"
    fold(page, "variation")
    page.fill("[name=variation_strength]", "0.2")
    fold(page, "more")
    page.fill("[name=clip_skip]", "2")
    assert page.locator("[data-group=adapters] [data-summary-of]").inner_text() == "1 LoRA"
    shoot(page, "open")
    job = submitted(page)
    asked = job.parameters
    assert asked["hires"] == {"scale": 1.5, "steps": 0, "strength": 0.5, "upscaler": None}
    assert asked["loras"] == [{"name": "ink", "weight": 0.7}]
    assert (asked["variation_strength"], asked["clip_skip"], asked["vae"]) == (0.2, 2, None)
    page.click("[data-reset]")
    assert page.locator("[data-group] [data-summary-of]").all_inner_texts() == [""] * 7
    page.click("[data-job] [data-action=use]")
    assert submitted(page).parameters == asked


def test_a_grid_of_prompts_and_samplers_stands_in_columns_and_on_a_sheet(page):  # noqa: F811
    page.fill("#steps", "3")
    fold(page, "grid")
    page.locator("[data-add-field=prompt]").click()
    page.locator("[data-values-file]").set_input_files(
        {"name": "prompts.txt", "mimeType": "text/plain", "buffer": b"a red heart, large\na blue whale\n"}
    )
    page.wait_for_selector("[data-grid-count] >> text=2 cells")
    page.click("text=Add an axis")
    page.select_option("[name='grid.axes.1.field']", "sampler")
    page.locator("[data-ticks]:visible >> text=Euler a").check()
    page.locator("[data-ticks]:visible >> text=DDIM").check()
    page.wait_for_selector("[data-grid-count] >> text=2 × 2 = 4 cells: 4 images")
    assert page.locator("[data-submit]").inner_text() == "Generate 4"
    shoot(page, "grid")
    job = submitted(page)
    assert job.parameters["grid"]["axes"] == [
        {"field": "prompt", "values": ["a red heart, large", "a blue whale"]},
        {"field": "sampler", "values": ["euler_a", "ddim"]},
    ]
    assert job.count == 4
    finals(page, 4)
    assert page.locator("[data-tile='1']").get_attribute("title") == "a blue whale · Sampler euler_a"
    tops = page.evaluate(
        "[0, 1, 2, 3].map((at) => document.querySelector(`[data-tile='${at}']`).getBoundingClientRect().y)"
    )
    assert tops[0] == tops[1] < tops[2] == tops[3]
    shoot(page, "grid-card")
    with page.context.expect_page() as opened:
        page.click("[data-sheet]")
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("document.contentType") == "image/png"
    page.locator("[data-tile='3']").click()
    page.click("[data-do=reuse]")
    assert page.input_value("#prompt") == "a blue whale"
    assert page.input_value("#sampler") == "ddim"
    assert page.locator("[data-list='grid.axes'] [data-row]").count() == 0


def test_an_image_to_image_result_carries_its_settings_back(page):  # noqa: F811
    page.fill("#prompt", "a red heart")
    page.fill("#steps", "4")
    fold(page, "input_image")
    choose_file(page, "init_image", png())
    fold(page, "hires").locator("#hires").check()
    page.fill("[name='hires.scale']", "2")
    page.fill("[name='hires.steps']", "2")
    submitted(page)
    finals(page, 1)
    image = Image.objects.get()
    assert (image.width, image.height) == (256, 256)
    page.click("[data-reset]")
    page.fill("#prompt", "something else")
    with default_storage.open(image.file) as file:
        dropped = {"name": "mine.png", "mimeType": "image/png", "buffer": file.read()}
    drop(page, dropped)
    page.wait_for_selector("[data-imported-actions]")
    shoot(page, "brought")
    page.click("[data-imported-settings]")
    page.wait_for_function("() => document.querySelector('#prompt').value === 'a red heart'")
    page.wait_for_selector("[data-summary-of=hires] >> text=2×")
    assert page.input_value("#steps") == "4"
    assert page.input_value("#seed") == str(image.seed)
    page.click("[data-imported-close]")
    page.locator("[data-imported]").wait_for(state="hidden")
    page.goto(f"/images/{image.pk}/")
    page.click("text=Receipt")
    page.click("[data-verify]")
    page.wait_for_selector("[data-verified] >> text=Verified: identical.")
    type(image).objects.filter(pk=image.pk).update(seed=image.seed + 1, receipt={**image.receipt, "precision": "half"})
    page.click("[data-verify]")
    page.wait_for_selector("[data-verified] >> text=made with half precision; this worker used full precision.")
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/receipt.png", full_page=True)


def test_styles_presets_and_ideas_stand_beside_the_prompt(page):  # noqa: F811
    page.click("[data-inspire]")
    page.wait_for_function("() => document.querySelector('#prompt').value.length > 3")
    page.wait_for_selector("[data-tokens] >> text=token")
    page.fill("#prompt", "{prompt}, ink drawing")
    page.fill("[data-saved=styles] [data-saved-name]", "ink")
    page.click("[data-saved=styles] [data-saved-save]")
    page.locator(".chip >> text=ink").click()
    page.fill("#prompt", "a fox")
    page.fill("#steps", "9")
    page.fill("[data-saved=presets] [data-saved-name]", "nine")
    page.press("[data-saved=presets] [data-saved-name]", "Enter")
    page.wait_for_selector("[data-saved=presets] [data-saved-list] option", state="attached")
    shoot(page, "shelves")
    assert submitted(page).parameters["prompt"] == "a fox, ink drawing"
    page.fill("#steps", "12")
    page.reload()
    open_folds(page)
    page.click("[data-preset-load]")
    assert page.input_value("#steps") == "9"
    assert page.input_value("#prompt") == "a fox"
    assert page.locator("[data-summary-of=styles]").inner_text() == "ink"
    page.click("[data-style-apply]")
    assert page.input_value("#prompt") == "a fox, ink drawing"
