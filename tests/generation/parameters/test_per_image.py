"""What each image of a job is drawn with: seeds, prompts, cells of a grid, and what fits together."""

import pytest

from generation.parameters import grids
from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.per_image import drawn_images, groups, image_count, image_parameters
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from generation.parameters.validators import FieldRefused

SD = CheckpointDefaults("sd", "sd", 512, 512, 25, 7.0, "dpmpp_2m")
FLUX = CheckpointDefaults("flux", "flux", 1024, 1024, 20, 3.5, "euler")
IMAGE = "image:11111111-1111-1111-1111-111111111111"


def resolved(defaults=SD, input_images=None, wildcards=None, defaults_of=None, **requested):
    requested = {"prompt": "a red heart", "seed": 10, **requested}
    if requested["prompt"] is None:
        del requested["prompt"]
    return resolve(
        GenerationParameters(**requested),
        defaults,
        input_images=input_images,
        wildcards=wildcards,
        defaults_of=defaults_of,
    )


def axes(*pairs):
    return {"axes": [{"field": field, "values": values} for field, values in pairs]}


def test_each_image_has_a_seed_of_its_own():
    parameters = resolved(count=3)
    assert [image.seed for _, image in drawn_images(parameters)] == [10, 11, 12]


def test_a_variation_keeps_the_seed_and_moves_the_other():
    parameters = resolved(count=2, variation_seed=5, variation_strength=0.1)
    assert [(image.seed, image.variation_seed) for _, image in drawn_images(parameters)] == [(10, 5), (10, 6)]


def test_a_kept_original_comes_first_and_moves_no_seed():
    parameters = resolved(init_image=IMAGE, keep_original=True, count=2)
    assert image_count(parameters) == 3
    assert [(index, image.seed) for index, image in drawn_images(parameters)] == [(1, 10), (2, 11)]


def test_choices_fall_by_the_seed_of_each_image_and_stay():
    parameters = resolved(prompt="a {red|green|blue} __shape__", count=8, wildcards={"shape": ["heart", "star"]})
    prompts = [image.prompt for _, image in drawn_images(parameters)]
    assert len(set(prompts)) > 1
    assert all(prompt.split()[1] in ("red", "green", "blue") for prompt in prompts)
    stored = ResolvedParameters.model_validate_json(parameters.model_dump_json())
    assert [image.prompt for _, image in drawn_images(stored)] == prompts
    assert resolve(GenerationParameters.model_validate(parameters.model_dump()), SD) == parameters


def test_tags_of_loras_join_the_loras_and_leave_the_prompt():
    parameters = resolved(prompt="a heart <lora:ink:0.5>", loras=[{"name": "soft"}])
    image = image_parameters(parameters, 0)
    assert [(lora.name, lora.weight) for lora in image.loras] == [("soft", 1.0), ("ink", 0.5)]
    assert "<" not in image.prompt


def test_cells_go_over_every_combination_like_words_on_a_page():
    parameters = resolved(grid=axes(("steps", [4, 8]), ("replace", ["heart", "star", "moon"])), count=2)
    drawn = [(image.steps, image.prompt, image.seed) for _, image in drawn_images(parameters)]
    assert drawn[:4] == [(4, "a red heart", 10), (4, "a red heart", 11), (8, "a red heart", 10), (8, "a red heart", 11)]
    assert drawn[-1] == (8, "a red moon", 11)
    assert groups(parameters, range(12)) == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]


def test_cells_that_differ_in_prompts_only_share_a_call():
    parameters = resolved(grid=axes(("prompt", ["a cat", "a dog", "a fox"])))
    assert groups(parameters, range(3)) == [[0, 1, 2]]


def test_a_list_of_prompts_stands_for_the_prompt():
    parameters = resolved(prompt=None, grid=axes(("steps", [2, 3]), ("prompt", ["a cat", "a dog"])))
    assert parameters.prompt == "a cat"
    assert [image.prompt for _, image in drawn_images(parameters)] == ["a cat", "a cat", "a dog", "a dog"]


def test_nested_fields_make_axes():
    parameters = resolved(loras=[{"name": "ink"}], grid=axes(("loras.0.weight", [0, 0.5, 1])))
    assert [image.loras[0].weight for _, image in drawn_images(parameters)] == [0, 0.5, 1]


def test_a_grid_over_checkpoints_asks_what_each_of_them_allows():
    other = CheckpointDefaults("small", "sd", 128, 128, 20, 4.0, "ddim", sizes=((128, 128),))
    with pytest.raises(FieldRefused, match="128x128"):
        resolved(grid=axes(("checkpoint", ["sd", "small"])), defaults_of=lambda slug: other)


@pytest.mark.parametrize(
    ("field", "requested"),
    [
        ("grid.axes.0.values", {"grid": axes(("steps", [4, 800]))}),
        ("grid.axes.1.values", {"grid": axes(("steps", [4]), ("sampler", ["nobody"]))}),
        ("grid.axes.0.field", {"grid": axes(("count", [1, 2]))}),
        ("grid.axes", {"grid": axes(("hires.scale", [2]))}),
        ("grid.axes", {"grid": axes(("steps", list(range(1, 65))), ("seed", [1, 2, 3, 4, 5]))}),
        ("init_image", {"task": "image_to_image"}),
        ("mask_image", {"task": "inpaint", "init_image": IMAGE}),
        ("task", {"task": "text_to_image", "init_image": IMAGE}),
        ("keep_original", {"keep_original": True}),
        ("variation_strength", {"init_image": IMAGE, "variation_strength": 0.5}),
        ("hires.scale", {"hires": {"scale": 4}, "width": 2048}),
        ("upscale_by", {"upscale_by": 8, "width": 2048}),
        ("true_cfg_scale", {"true_cfg_scale": 2}),
        ("image_prompts", {"image_prompts": ["one"], "count": 2}),
        ("prompt", {"prompt": "x <lora:ink:99>"}),
        ("prompt", {"prompt": None}),
        ("guidance_rescale", {"guidance_rescale": 0.5, "init_image": IMAGE}),
        ("guidance_rescale", {"guidance_rescale": 0.5, "hires": {"scale": 2}}),
        ("prompt", {"prompt": None, "grid": axes(("prompt", [" ", "a cat"]))}),
    ],
)
def test_what_does_not_fit_together_is_refused_by_its_name(field, requested):
    with pytest.raises(FieldRefused) as refused:
        resolved(**requested)
    assert refused.value.field == field
    assert field.split(".")[0] in str(refused.value)


def test_what_only_other_families_know_is_refused_naming_them():
    with pytest.raises(FieldRefused, match="Stable Diffusion XL") as refused:
        resolved(FLUX, clip_skip=2)
    assert refused.value.field == "clip_skip"
    assert resolved(FLUX, true_cfg_scale=2).true_cfg_scale == 2


@pytest.mark.parametrize(
    ("picture", "size"),
    [((640, 480), (640, 480)), ((641, 483), (640, 480)), ((4000, 3000), (840, 624)), ((9, 9), (64, 64))],
)
def test_a_picture_gives_its_size_where_the_checkpoint_draws_about_that(picture, size):
    parameters = resolved(init_image=IMAGE, input_images={"init_image": picture})
    assert (parameters.task, parameters.width, parameters.height) == ("image_to_image", *size)


def test_outpainting_grows_the_size():
    parameters = resolved(init_image=IMAGE, outpaint={"left": 64, "top": 128}, input_images={"init_image": (512, 512)})
    assert (parameters.task, parameters.width, parameters.height) == ("inpaint", 576, 640)


def test_a_checkpoint_of_fixed_sizes_takes_the_nearest_shape():
    defaults = CheckpointDefaults("c", "sd", 512, 512, 25, 7.0, "dpmpp_2m", sizes=((512, 512), (768, 512), (512, 768)))
    parameters = resolved(defaults, init_image=IMAGE, input_images={"init_image": (1600, 1000)})
    assert (parameters.width, parameters.height) == (768, 512)


def test_coordinates_name_the_values_of_a_cell():
    grid = resolved(grid=axes(("steps", [4, 8]), ("seed", [1, 2, 3]))).grid
    assert grids.cell_count(grid) == 6
    assert grids.coordinates(grid, 5) == [8, 3]
