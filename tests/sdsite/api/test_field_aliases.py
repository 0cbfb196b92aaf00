"""Field names of other programs: documented, and each names a field here."""

import pytest

from generation.parameters.schema import GenerationParameters
from sdsite.api.field_aliases import ALTERNATIVES, FOREIGN_NAMES
from tests.support.site import ROOT

DOCS = (ROOT / "docs" / "api.md").read_text()


pytestmark = pytest.mark.django_db


def test_every_field_and_every_foreign_name_is_in_the_guide():
    for name in GenerationParameters.model_fields:
        assert f"`{name}`" in DOCS, name
    for foreign, ours in FOREIGN_NAMES.items():
        assert ours in GenerationParameters.model_fields
        assert any(f"`{foreign}`" in line and f"`{ours}`" in line for line in DOCS.splitlines()), foreign


# Field names of one-shot and task-style image APIs and of command lines, as they are met.
MET = (
    *("ddim_steps", "num_inference_steps", "scale", "cfg_scale", "guidance_scale", "H", "W", "n_samples", "n_iter"),
    *("ddim_eta", "init_img", "denoising_strength", "ckpt", "engine", "model_type", "fixed_code", "skip_grid"),
    *("return_base64", "synchronous_request", "noise_multiplier", "upscale", "post_upscale", "from-file", "unet_bs"),
    *("turbo", "precision", "format", "prompt", "seed", "height", "width"),
)


@pytest.mark.parametrize("name", sorted({*MET, *FOREIGN_NAMES, *ALTERNATIVES}))
def test_every_name_in_the_wild_is_ours_or_leads_to_ours(owner_client, name):
    if name in GenerationParameters.model_fields:
        return
    answer = owner_client.api("POST", "/jobs", {"prompt": "x", name: 1})
    sentence = answer.json()["error"]["fields"][name]
    assert answer.status_code == 422
    assert (FOREIGN_NAMES[name] if name in FOREIGN_NAMES else ALTERNATIVES[name]) in sentence
    assert f"`{name}`" in DOCS
