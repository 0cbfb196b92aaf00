"""Images in several states, and functions that store and find them."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image as Pillow

from gallery.actions.moderation import quarantine
from gallery.actions.store_image import Provenance, store_image
from gallery.models import Image
from gallery.search.filters import ImageFilter, filter_images
from tests.support.factories import make_image


@pytest.fixture
def held(alice):
    image = make_image(alice, size=(640, 320))
    quarantine(images=Image.objects.filter(pk=image.pk), actor=None)
    image.refresh_from_db()
    return image


INFOTEXT = "ein rotes Herz, Ωμέγα, 心, قلب\nSteps: 20, Sampler: DDIM, Seed: 7"


def store(owner, **changes):
    fields = {
        "pixels": Pillow.new("RGB", (640, 320), "red"),
        "index": 0,
        "seed": 7,
        "provenance": Provenance(owner.pk, uuid.uuid4(), timezone.now(), {"prompt": "a red heart"}),
        "image_format": "png",
        "quality": 90,
        "infotext": INFOTEXT,
        "receipt": {},
    }
    return store_image(**{**fields, **changes})


def files():
    names = []
    for folder in ("images", "thumbnails"):
        pending = [folder]
        while pending:
            here = pending.pop()
            if default_storage.exists(here):
                folders, found = default_storage.listdir(here)
                pending += [f"{here}/{name}" for name in folders]
                names += [f"{here}/{name}" for name in found]
    return names


def found(owner, **said):
    """Return the prompts of what fits, by name."""
    images = filter_images(Image.objects.owned_by(owner), ImageFilter(**said), owner)
    return sorted(images.values_list("prompt", flat=True))


@pytest.fixture
def alice_images(alice, charlie):
    """Five images of Alice's, by the first word of their prompts, and one of somebody else."""
    prompts = {
        "ship": {"prompt": "ship on a red sea", "checkpoint": "sdxl"},
        "fox": {"prompt": "fox, red fur", "output_format": "webp"},
        "lighthouse": {"prompt": "lighthouse over the old Café by the sea", "checkpoint": "sdxl"},
        "heart": {"prompt": "heart"},
        "large": {"prompt": "large fox", "task": "upscale"},
    }
    images = {
        name: make_image(alice, index=index, age=timedelta(days=index), **said)
        for index, (name, said) in enumerate(prompts.items())
    }
    make_image(charlie, prompt="a red fox of Charlie's")
    return images
