"""Control maps made of ordinary images without any weights."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generation.parameters.catalog import PREPROCESSORS
from generation.pipelines.adapters.controlnet_preprocessors import canny, preprocess


def values(image):
    return np.asarray(image.convert("L"), np.float32) / 255


@pytest.fixture
def disc():
    """A light disc of radius 20 on a dark background, with a little noise."""
    image = Image.new("L", (96, 80), 60)
    ImageDraw.Draw(image).ellipse((28, 20, 68, 60), fill=200)
    noise = np.random.default_rng(1).normal(0, 2, (80, 96))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)).convert("RGB")


@pytest.fixture
def flat():
    return Image.new("RGB", (40, 24), (90, 140, 200))


@pytest.mark.parametrize("key", PREPROCESSORS)
def test_each_preprocessor_gives_a_map_of_the_same_size_and_is_deterministic(disc, key):
    made = preprocess(key, disc)
    assert (made.size, made.mode) == (disc.size, "RGB")
    assert made.tobytes() == preprocess(key, disc).tobytes()
    assert (made.tobytes() == disc.tobytes()) == (key == "none")


@pytest.mark.parametrize("key", PREPROCESSORS)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (65, 3)])
def test_images_of_any_shape_are_accepted(key, size):
    assert preprocess(key, Image.new("RGB", size, "red")).size == size


def test_canny_finds_the_circle_and_nothing_else(disc):
    edges = values(canny(disc)) > 0.5
    rows, columns = np.nonzero(edges)
    away = np.abs(np.hypot(columns - 48, rows - 40) - 20)
    assert away.max() < 2.5
    around = {round(float(angle) / 30) for angle in np.degrees(np.arctan2(rows - 40, columns - 48))}
    assert len(around) == 13  # every thirty degrees, -180 and 180 both
    assert 100 < edges.sum() < 180  # a line as thin as its length: about 2 pi 20


def test_weak_edges_are_kept_only_where_they_join_strong_ones():
    image = np.full((64, 64), 50, np.uint8)
    image[:, 20:] = 250  # strong
    image[:32, 50:] = 225  # weak, on its own
    edges = values(canny(Image.fromarray(image))) > 0.5
    assert edges[:, 17:23].any(axis=1).all()
    assert not edges[:, 40:].any()
    # The same weak edge counts where a strong one goes on as it.
    image[:, 50:] = np.linspace(225, 50, 64).astype(np.uint8)[:, None]
    edges = values(canny(Image.fromarray(image))) > 0.5
    assert edges[8:24, 47:53].any(axis=1).all()


@pytest.mark.parametrize("key", ["canny", "line", "scribble", "luminance"])
def test_an_image_of_one_colour_gives_an_empty_map(flat, key):
    assert values(preprocess(key, flat)).max() < 0.05


def test_lines_are_light_at_edges_and_black_inside(disc):
    for key in ("line", "scribble"):
        made = values(preprocess(key, disc.point(lambda value: value // 8 * 8)))
        assert made[40, 26:31].max() > 0.5, key
        assert made[35:45, 44:52].mean() < 0.1, key


def test_scribbles_are_black_or_white(disc):
    assert set(np.unique(values(preprocess("scribble", disc)))) <= {0.0, 1.0}


def test_tile_and_blur_keep_the_colours_and_lose_the_details(disc):
    for key in ("tile", "blur"):
        before, after = values(disc), values(preprocess(key, disc))
        assert abs(before.mean() - after.mean()) < 0.02
        assert np.abs(np.diff(after)).max() < np.abs(np.diff(before)).max()


def test_luminance_uses_the_whole_range(disc):
    made = values(preprocess("luminance", disc))
    assert made.min() < 0.02
    assert made.max() > 0.98
    assert made[40, 48] > 0.8 > 0.2 > made[5, 5]


def test_invert_is_its_own_inverse(disc):
    assert preprocess("invert", preprocess("invert", disc)).tobytes() == disc.tobytes()
