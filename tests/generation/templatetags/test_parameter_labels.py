"""The page of an image labels every parameter that was requested."""

import re
import uuid

from gallery.models import Image
from tests.support.factories import make_image


def test_it_names_whatever_else_was_asked_for_and_how_it_was_drawn(as_alice, alice):
    image = make_image(
        alice,
        task="image_to_image",
        init_image=f"image:{uuid.uuid4()}",
        strength=0.6,
        clip_skip=1,
        hires={"scale": 2.0, "steps": 0, "strength": 0.5, "upscaler": None},
        loras=[{"name": "ink", "weight": 0.7}],
        variation_seed=5,
    )
    receipt = {"scheduler": {"class": "DDIMScheduler"}, "device": "cpu", "dtype": "float32", "parts": {"denoise": 2.5}}
    Image.objects.update(receipt={**receipt, "batch_size": 4, "position": 2, "versions": {"torch": "2.13.0"}})
    page = as_alice.get(f"/images/{image.pk}/").content.decode()
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd(?: data-copy)?>([^<]+)</dd>", page))
    asked = {"Input image": "an image of the library", "Denoising strength": "0.6", "LoRA": "name ink, weight 0.7"}
    asked |= {"Task": "image to image", "Hires fix": "scale 2, steps 0, denoising strength 0.5"}
    drawn = {"Scheduler": "DDIMScheduler", "Device": "cpu, float32", "Batch": "3 of 4", "Denoise": "2.5 s"}
    assert facts.items() >= (asked | drawn | {"torch": "2.13.0"}).items()
    assert not {"Clip skip", "Variation seed"} & set(facts)
    assert f'data-verify="/api/v1/images/{image.pk}/verify"' in page
