"""Facts of Stable Diffusion 3."""

from generation.families import FAMILIES
from generation.families.records.sd3 import FAMILY


def test_its_pipeline_with_a_controlnet_starts_from_text_alone():
    assert FAMILIES["sd3"] is FAMILY
    assert FAMILY.control is not None
    assert set(FAMILY.control.pipelines) == {"text_to_image"}


def test_it_may_lack_its_third_text_encoder():
    assert "text_encoder_3" not in FAMILY.parts
    assert [one.folder for one in FAMILY.prompts.tokenizers] == ["tokenizer_3", "tokenizer"]
