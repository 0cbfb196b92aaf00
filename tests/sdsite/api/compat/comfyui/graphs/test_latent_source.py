"""Latents from an image: all steps, and a denoising strength that changes something."""

import pytest

from tests.sdsite.api.compat.comfyui.conftest import told
from tests.support.clients.comfyui_workflows import image_to_image
from tests.support.images import picture, upload_of

pytestmark = pytest.mark.django_db


def test_image_to_image_runs_all_steps(parameters, alice):
    upload = upload_of(alice, picture(size=(128, 128)))
    found = parameters(image_to_image(f"{upload.pk}.png [input]", steps=20, denoise=0.5))
    assert told(found, "task", "init_image", "strength", "steps", "width") == {
        "task": "image_to_image",
        "init_image": f"upload:{upload.pk}",
        "strength": 0.5,
        "steps": 40,
        "width": 128,
    }
    assert parameters(image_to_image(f"{upload.pk}.png", steps=20, denoise=0.05))["steps"] == 250


def test_a_tiny_denoising_strength_is_refused_at_denoise(refusal, alice):
    name = f"{upload_of(alice, picture(size=(128, 128))).pk}.png"
    for strength in (0, 1e-320, 0.00005):
        assert refusal(image_to_image(name, denoise=strength))[:2] == (["3"], "denoise")
