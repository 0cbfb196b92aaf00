"""Facts of Stable Diffusion 1 and 2."""

from generation.families import FAMILIES
from generation.families.records.sd import FAMILY


def test_its_pipelines_rescale_guidance_in_one_pass_from_text():
    assert FAMILIES["sd"] is FAMILY
    assert FAMILY.rescales == ("text_to_image",)
    assert not FAMILY.flow


def test_three_marks_tell_its_single_files():
    assert {one.kind for one in FAMILY.names.fingerprints} == {"sd1", "sd2"}
