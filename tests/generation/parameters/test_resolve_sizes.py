"""Sizes: from the input image, grown by outpainting, the nearest of fixed shapes."""

import pytest

from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.validators import FieldRefused
from tests.generation.parameters.conftest import resolved

IMAGE = "image:11111111-1111-1111-1111-111111111111"


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


def test_a_canvas_that_keeps_its_size_is_not_longer_than_a_finished_image():
    sizes = {"init_image": (8000, 64)}
    with pytest.raises(FieldRefused, match=r"outpaint.right: the longest side must be at most 8192 .* got 8256"):
        resolved(init_image=IMAGE, outpaint={"left": 256}, mask_area="masked", input_images=sizes)
    resolved(init_image=IMAGE, outpaint={"left": 128}, mask_area="masked", input_images=sizes)
    assert (
        resolved(init_image=IMAGE, outpaint={"left": 256}, input_images=sizes).width <= 2048
    )  # scaled down as a whole
