"""The classifier is trained on distorted but whole drawings."""

import torch

from generation.starter.dataset.compose import Composer, Placed, Plan
from generation.starter.evaluation import classifier


def test_the_classifier_sees_each_drawing_distorted_but_whole(drawings):
    torch.manual_seed(0)
    plain = Composer(drawings, 64).render([Plan("", [Placed(0)])] * 64)
    seen = classifier.distort(plain)
    assert (seen.shape, seen.min() >= 0, seen.max() <= 1) == (plain.shape, True, True)
    assert len({tuple(one.flatten().tolist()) for one in seen}) == 64
    ink = [float((1 - one).mean()) for one in (plain[0], *seen)]
    assert all(0.5 * ink[0] < one < 2 * ink[0] for one in ink)
