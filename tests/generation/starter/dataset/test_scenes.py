"""Scenes: a thing looks as it does alone, and every effect can be rendered."""

import random

import pytest

from generation.starter.dataset import captions
from generation.starter.dataset.compose import Composer, Placed, Plan


def test_a_thing_looks_in_a_scene_as_it_does_alone(drawings):
    composer, rng = Composer(drawings, 64, kinds={"scene": 1.0}), random.Random(1)
    seen = set()
    for plan in (composer.plan(rng) for _ in range(100)):
        (one,) = plan.placed
        assert one == Placed(one.icon, any_style=one.any_style)
        assert plan.background in plan.caption
        seen.add(plan.background)
    assert seen == set(captions.SCENES)


@pytest.mark.parametrize("size", [32, 128])
def test_every_effect_and_scene_can_be_rendered(drawings, size):
    composer = Composer(drawings, size)
    plans = [Plan("", [Placed(0)], effect=effect) for effect in captions.EFFECTS]
    plans += [Plan("", [Placed(0)], background=scene) for scene in captions.SCENES]
    painted = composer.render(plans)
    assert painted.shape == (len(plans), 3, size, size)
    assert painted.isfinite().all()
    assert len({tuple(image.flatten().tolist()) for image in painted}) == len(plans)
