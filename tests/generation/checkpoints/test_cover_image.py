"""Cover images: files that are not images are refused."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.support.factories import STARTER

ADD = reverse("admin:generation_checkpoint_add")


BLANK = dict.fromkeys(("width", "height", "steps", "guidance_scale", "sampler", "schedule", "family"), "")


# What stands in the form's choices when nobody touches them.
USUAL = {"size_policy": "refuse"} | dict.fromkeys(("prediction_type", "precision", "memory_mode", "tiled_vae"), "auto")


def requested(**fields):
    """Return what the form sends when only title, slug and location are filled in."""
    data = {"title": "Tulip", "slug": "tulip", "kind": "folder", "location": str(STARTER), "enabled": "on"}
    return data | BLANK | USUAL | {"sizes": "[]", "vocabulary": "[]"} | fields


def errors_of(answer):
    assert answer.status_code == 200
    return answer.context["adminform"].form.errors


def test_files_that_are_not_images_are_refused(as_root):
    errors = errors_of(as_root.post(ADD, requested(picture=SimpleUploadedFile("picture.png", b"<svg/>"))))
    assert list(errors) == ["picture"]
