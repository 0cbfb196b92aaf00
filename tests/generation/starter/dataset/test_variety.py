"""What captions leave open is chosen at random; what they state is shown as stated."""

import colorsys
import random

import pytest
import torch

from generation.starter.dataset import artwork, captions
from generation.starter.dataset.compose import Composer, Placed, Plan
from generation.starter.dataset.variety import MOST_TURNED, OPEN_STYLES, PAPERS, Paper, random_shade

KINDS = ("plain", "colour", "scene", "tinted", "pair", "effect")


def plans(drawings, count=300, *, varied=True, kinds=KINDS):
    composer, rng = Composer(drawings, 32, kinds=dict.fromkeys(kinds, 1.0), varied=varied), random.Random(4)
    return composer, [composer.plan(rng) for _ in range(count)]


def test_a_caption_without_a_background_is_rendered_on_every_kind_of_paper(drawings):
    _, made = plans(drawings, kinds=("plain", "tinted", "pair"))
    open_ones = [plan for plan in made if "background" not in plan.caption and " on " not in plan.caption]
    assert {plan.background.kind for plan in open_ones} == set(PAPERS)
    assert len({plan.background.colour for plan in open_ones}) == len(open_ones)


def test_an_image_follows_its_caption(drawings):
    _, made = plans(drawings)
    for plan in made:
        if isinstance(plan.background, str):
            assert plan.background in plan.caption
        elif plan.effect:
            assert plan.background is None, "line drawings and the like stay on white"
        for one in plan.placed:
            assert one.tint is None or one.shade is None
            assert one.tint is None or one.tint in plan.caption
    assert any(plan.background == "white" for plan in made), "who wants white says so"


def test_without_variation_nothing_is_chosen_at_random(drawings):
    _, made = plans(drawings, varied=False)
    assert not any(isinstance(plan.background, Paper) for plan in made)
    assert all(one.shade is None for plan in made for one in plan.placed)


def test_the_same_caption_gives_different_images(drawings):
    composer, _ = plans(drawings, 0)
    fox = composer.by_thing[0]
    rng = random.Random(7)
    shown = composer.render([Plan("", [Placed(fox[0], shade=random_shade(rng))], Paper.choose(rng)) for _ in range(20)])
    apart = [float(((one - two) ** 2).mean().sqrt()) for one in shown for two in shown if one is not two]
    assert sum(apart) / len(apart) > 0.03
    assert (shown.min() >= 0, shown.max() <= 1) == (True, True)


@pytest.mark.parametrize("kind", PAPERS)
def test_paper_is_pale_and_as_large_as_the_image(kind):
    shown = Paper(kind, (0.9, 0.7, 0.8)).image(64)
    assert shown.shape == (3, 64, 64)
    middle, corner = shown[:, 32, 32].tolist(), shown[:, -1, 0].tolist()
    expected = {"white": ([1, 1, 1],) * 2, "plain": ([0.9, 0.7, 0.8],) * 2, "disc": ([0.9, 0.7, 0.8], [1, 1, 1])}
    if kind == "fade":
        assert shown[1].diff(dim=0).min() > 0, "from its colour above to white below"
        assert corner == pytest.approx([1, 1, 1], abs=0.01)
    else:
        assert (middle, corner) == (pytest.approx(expected[kind][0]), pytest.approx(expected[kind][1]))


def test_shades_turn_hues_a_little_and_leave_grays():
    rng = random.Random(1)
    for _ in range(100):
        changed = random_shade(rng)
        assert torch.allclose(changed @ torch.full((3,), 0.4), torch.full((3,), 0.4), atol=1e-5)
        for name in ("red", "yellow", "green", "blue"):
            colour = torch.tensor(captions.COLOURS[name]) / 255
            before, after = (colorsys.rgb_to_hsv(*one.tolist())[0] for one in (colour, changed @ colour))
            assert abs((after - before + 0.5) % 1 - 0.5) < 1.5 * MOST_TURNED


def test_open_styles_are_styles():
    assert set(OPEN_STYLES) == set(artwork.STYLES)
    assert sum(OPEN_STYLES.values()) == pytest.approx(1)
