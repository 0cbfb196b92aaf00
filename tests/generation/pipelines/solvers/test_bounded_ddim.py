"""DDIM with any eta: bounded noise, and up to eta 1 what diffusers computes."""

import inspect

import diffusers
import pytest
import torch

from generation.pipelines.solvers import BoundedDDIMScheduler
from tests.generation.pipelines.test_schedulers import own_scheduler, walk

TRUTH = torch.linspace(-1, 1, 64).reshape(1, 4, 4, 4)


def made(kind):
    return kind.from_config(own_scheduler("sd1").config, clip_sample=False)


@pytest.mark.parametrize("eta", [0.0, 0.7, 1.0])
def test_up_to_one_it_is_that_of_diffusers(eta):
    ends = [
        walk(made(kind), TRUTH, eta=eta, num_inference_steps=12)
        for kind in (BoundedDDIMScheduler, diffusers.DDIMScheduler)
    ]
    assert torch.equal(*ends)


@pytest.mark.parametrize("eta", [1.5, 10.0])
def test_more_stays_finite_and_finds_the_only_image(eta):
    assert (walk(made(BoundedDDIMScheduler), TRUTH, eta=eta, num_inference_steps=12) - TRUTH).abs().max() < 0.12


def test_pipelines_find_the_arguments_that_they_pass():
    assert {"eta", "generator"} <= inspect.signature(BoundedDDIMScheduler.step).parameters.keys()
