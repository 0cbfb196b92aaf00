"""Parameters of each image of a job: seeds, prompts, cells of a grid."""

import pytest

from generation.parameters.per_image import generated_images, image_count, result_size
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from tests.generation.parameters.conftest import SD, resolved

IMAGE = "image:11111111-1111-1111-1111-111111111111"


def test_each_image_has_a_seed_of_its_own():
    parameters = resolved(count=3)
    assert [image.seed for _, image in generated_images(parameters)] == [10, 11, 12]


def test_a_variation_keeps_the_seed_and_moves_the_other():
    parameters = resolved(count=2, variation_seed=5, variation_strength=0.1)
    assert [(image.seed, image.variation_seed) for _, image in generated_images(parameters)] == [(10, 5), (10, 6)]


def test_a_kept_original_comes_first_and_moves_no_seed():
    parameters = resolved(init_image=IMAGE, keep_original=True, count=2)
    assert image_count(parameters) == 3
    assert [(index, image.seed) for index, image in generated_images(parameters)] == [(1, 10), (2, 11)]


def test_choices_fall_by_the_seed_of_each_image_and_stay():
    parameters = resolved(prompt="a {red|green|blue} __shape__", count=8, wildcards={"shape": ["heart", "star"]})
    prompts = [image.prompt for _, image in generated_images(parameters)]
    assert len(set(prompts)) > 1
    assert all(prompt.split()[1] in ("red", "green", "blue") for prompt in prompts)
    stored = ResolvedParameters.model_validate_json(parameters.model_dump_json())
    assert [image.prompt for _, image in generated_images(stored)] == prompts
    assert resolve(GenerationParameters.model_validate(parameters.model_dump()), SD) == parameters


def test_tags_of_loras_join_the_loras_and_leave_the_prompt():
    parameters = resolved(prompt="a heart <lora:ink:0.5>", loras=[{"name": "soft"}])
    image = parameters.images[0]
    assert [(lora.name, lora.weight) for lora in image.loras] == [("soft", 1.0), ("ink", 0.5)]
    assert "<" not in image.prompt


@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        ({"width": 128, "height": 96}, (128, 96)),
        ({"width": 128, "height": 96, "upscale_by": 4.0}, (512, 384)),
        ({"width": 128, "height": 96, "hires": {"scale": 1.5}, "upscale_by": 2.0}, (384, 288)),
        ({"width": 128, "height": 96, "hires": None, "upscale_by": None}, (128, 96)),
        ({"upscale_by": 2.0}, None),
    ],
)
def test_hires_fix_and_upscaling_enlarge_the_file(parameters, size):
    assert result_size(parameters) == size
