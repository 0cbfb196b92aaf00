"""Input images and masks in forms of OpenAI's API."""

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pillow

from gallery.models import Upload
from tests.sdsite.api.compat.openai.conftest import ask, job_of, refusal
from tests.support.clients.api_client import knocking_as
from tests.support.factories import make_image
from tests.support.images import encoded, picture, upload_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_wait")]


refusing = pytest.mark.django_db  # a refusal creates no job to wait for, so the transaction can be rolled back


def send(client, address="edits", **form):
    named = {
        name: SimpleUploadedFile(f"{name}.png", value) if isinstance(value, bytes) else value
        for name, value in form.items()
    }
    return client.post(f"/v1/images/{address}", named)


class TestForms:
    """Edits and variations."""

    def test_the_transparent_part_of_a_mask_is_inpainted(self, client, alice):
        mask = picture("blue", (128, 128), "RGBA")
        mask.paste((0, 0, 0, 0), (0, 0, 64, 128))
        response = send(client, image=encoded(picture("red", (128, 128))), mask=encoded(mask), prompt="a fox", seed="5")
        requested_here = job_of(response).parameters
        assert (requested_here["task"], requested_here["strength"], requested_here["seed"]) == ("inpaint", 1.0, 5)
        kept = Upload.objects.get(pk=requested_here["mask_image"].removeprefix("upload:"))
        assert kept.owner == alice
        stored = Pillow.open(default_storage.open(kept.file)).convert("L")
        assert [stored.getpixel((x, 64)) for x in (10, 100)] == [255, 0]

    @pytest.mark.parametrize("field", ["image", "image[]", "image[0]"])
    def test_one_image_may_be_sent_by_all_its_names(self, client, field):
        requested_here = job_of(send(client, **{field: encoded(picture("red"))}, prompt="a fox")).parameters
        assert (requested_here["task"], requested_here["mask_image"], requested_here["strength"]) == (
            "image_to_image",
            None,
            0.75,
        )
        kept = Upload.objects.get(pk=requested_here["init_image"].removeprefix("upload:"))
        assert Pillow.open(default_storage.open(kept.file)).getpixel((0, 0)) == (255, 0, 0)

    @refusing
    def test_several_images_are_not_combined(self, client):
        def files():
            return [SimpleUploadedFile(f"{name}.png", encoded(picture(name))) for name in ("red", "blue")]

        one, other = files()
        for form in ({"image[]": files()}, {"image[0]": one, "image[1]": other}, {"image": files()}):
            error = refusal(
                client.post("/v1/images/edits", {**form, "prompt": "a fox"}), 400, "invalid_parameters", "image"
            )
            assert error["message"].endswith("several are not combined here; got 2")
        assert not Upload.objects.exists()

    def test_an_image_with_transparent_parts_is_its_own_mask(self, client):
        clear = picture("red", (64, 64), "RGBA")
        clear.paste((0, 0, 0, 0), (0, 0, 32, 64))
        requested_here = job_of(send(client, image=encoded(clear), prompt="a fox")).parameters
        assert (requested_here["task"], requested_here["mask_image"]) == ("inpaint", requested_here["init_image"])

    def test_fidelity_is_how_much_stays(self, client):
        form = {"image": encoded(), "prompt": "a fox", "input_fidelity": "high"}
        assert job_of(send(client, **form)).parameters["strength"] == 0.5
        assert job_of(send(client, **form, strength="0.3")).parameters["strength"] == 0.3

    def test_a_variation_needs_no_prompt_and_takes_that_of_the_metadata(self, client, alice):
        requested_here = job_of(
            send(client, "variations", image=encoded(), n="2", model="dall-e-2", size="128x128")
        ).parameters
        assert (requested_here["task"], requested_here["prompt"], requested_here["strength"]) == (
            "image_to_image",
            "a picture",
            0.6,
        )
        assert requested_here["count"] == 2
        with default_storage.open(make_image(alice, prompt="a red heart <lora:gone:1>").file) as file:
            generated = file.read()
        assert job_of(send(client, "variations", image=generated)).parameters["prompt"] == "a red heart"

    @refusing
    @pytest.mark.parametrize(
        ("form", "param"),
        [
            ({}, "image"),
            ({"image": "https://example.org/a.png"}, "image"),
            ({"image": b"no image"}, "image"),
            ({"image": encoded(), "mask": encoded()}, "mask"),
            ({"image": encoded(), "mask": b"no image"}, "mask"),
            ({"image": encoded(), "markup": encoded()}, "markup"),
            ({"image": encoded(), "size": "1x1"}, "size"),
        ],
    )
    def test_unusable_images_are_refused_by_the_name_of_their_field(self, client, form, param):
        refusal(send(client, prompt="a fox", **form), 400, "invalid_parameters", param)

    @refusing
    def test_images_of_other_users_are_refused(self, alice, charlie, checkpoint):
        theirs = upload_of(alice)
        refusal(ask(knocking_as(charlie), init_image=theirs.reference), 400, "invalid_parameters", "image")
