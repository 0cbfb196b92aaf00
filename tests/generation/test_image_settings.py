"""Settings read from an image: names of checkpoints, weights the site lacks, own images."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support.factories import make_checkpoint, make_image

pytestmark = pytest.mark.django_db


TEXT = (
    "a castle, <lora:ink:0.7>\nNegative prompt: blurry\nSteps: 30, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 42, "
    "Size: 512x768, Model hash: abcdef0123, Model: someThing_v5, ENSD: 31337"
)


def ask(client, data, name="picture.png"):
    return client.post("/api/v1/settings-of", {"file": SimpleUploadedFile(name, data)})


def test_weights_that_the_site_lacks_are_listed(owner_client, checkpoint):
    found = owner_client.api("POST", "/settings-of", {"text": TEXT}).json()
    assert "checkpoint" not in found["parameters"]
    assert "loras" not in found["parameters"]
    assert found["unknown"] == {"ENSD": "31337", "Model": "someThing_v5 [abcdef0123]", "lora:ink": "ink"}
    assert any("someThing_v5" in note for note in found["notes"])


def test_a_name_finds_a_checkpoint_by_slug_or_title(owner_client):
    make_checkpoint("dream-9", title="Dream Shaper (9)")
    for name in ("Dream-9", "dream shaper (9)", "dream 9"):
        text = f"a\nSteps: 1, Seed: 2, Size: 64x64, Model: {name}"
        assert owner_client.api("POST", "/settings-of", {"text": text}).json()["parameters"]["checkpoint"] == "dream-9"


def test_an_image_of_this_site_is_read_whole_from_row_and_file(owner_client, alice, checkpoint):
    image = make_image(alice, prompt="a cat, שלום", steps=7, clip_skip=2)
    by_id = owner_client.api("POST", "/settings-of", {"image_id": str(image.pk)}).json()
    file = owner_client.get(f"/api/v1/images/{image.pk}/file").content
    for found in (by_id, ask(owner_client, file).json()):
        assert found["source"] == "sdsite"
        assert found["parameters"]["prompt"] == "a cat, שלום"
        assert (found["parameters"]["steps"], found["parameters"]["clip_skip"]) == (7, 2)
        assert (found["parameters"]["seed"], found["parameters"]["checkpoint"]) == (image.seed, "starter")
        assert found["unknown"] == {}
