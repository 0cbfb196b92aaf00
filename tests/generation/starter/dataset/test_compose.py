"""Composing training images of the starter from its artwork."""

import random

import torch

from generation.starter.dataset import artwork, captions, compose
from generation.starter.dataset.compose import Composer, Placed, Plan


def test_a_planned_image_shows_what_its_caption_says(drawings):
    composer = Composer(drawings, 64)
    circle = composer.by_thing[3][0]
    plain, blue, tinted, pair = composer.render(
        [
            Plan("", [Placed(circle)]),
            Plan("", [Placed(circle)], background="blue"),
            Plan("", [Placed(circle, tint="green")]),
            Plan("", [Placed(circle, 0.47, 0.26), Placed(composer.by_thing[1][0], 0.47, 0.74)]),
        ]
    )
    assert plain[:, 0, 0].tolist() == [1, 1, 1]
    assert torch.allclose(plain[:, 32, 32] * 255, torch.tensor([224.0, 32, 48]), atol=2)
    assert torch.allclose(blue[:, 0, 0] * 255, torch.tensor(captions.COLOURS["blue"]).float(), atol=1)
    red, green, _ = tinted[:, 32, 32]
    assert green > red + 0.2
    assert pair[0, 32, 17] > pair[1, 32, 17] + 0.3, "the red circle stands at the left"
    assert pair[:, 32, 32].min() > 0.9, "nothing in between"


def test_where_the_style_is_open_the_mean_of_all_is_what_a_regression_learns(drawings):
    composer = Composer(drawings, 32)
    fox, circle = composer.by_thing[0], composer.by_thing[3][0]
    shares = {style: compose.STYLE_SHARES[artwork.STYLES[style]] for style in fox}
    one_by_one = composer.render([Plan("", [Placed(fox[style], tint="blue")], background="red") for style in fox])
    expected = sum(share * image for share, image in zip(shares.values(), one_by_one, strict=True))
    open_style, stated, pair = composer.render(
        [
            Plan("", [Placed(fox[2], tint="blue", any_style=True)], background="red"),
            Plan("", [Placed(fox[2], tint="blue")], background="red"),
            Plan("", [Placed(fox[1], 0.47, 0.26, any_style=True), Placed(circle, 0.47, 0.74)]),
        ],
        mean_of_styles=True,
    )
    assert torch.allclose(open_style, expected, atol=1e-3)
    assert torch.equal(stated, one_by_one[list(fox).index(2)])
    assert torch.equal(pair[:, :, 16:], composer.render([Plan("", [Placed(circle, 0.47, 0.74)])])[0, :, :, 16:])


def test_the_same_seed_plans_the_same_images(drawings):
    composer = Composer(drawings, 32)
    one, two = ([composer.plan(rng).caption for _ in range(50)] for rng in (random.Random(5), random.Random(5)))
    assert one == two
    assert len(set(one)) > 40
