"""Single steps of DPM-Solver: exact where the network's answer is constant, and of their orders where it is not."""

import itertools
import math

import pytest
import torch

from generation.pipelines.solvers.dpm_solver import between, first_order, second_order, third_order, third_order_probe

START, END = torch.tensor([4.0], dtype=torch.float64), torch.tensor([0.5], dtype=torch.float64)


def step(order, sample, noise_at, start, end):
    """Return the sample after one step, asking `noise_at(sample, sigma)` as the algorithms do."""
    noises = [noise_at(sample, start)]
    if order == 1:
        return first_order(sample, noises, start, end)
    middle = between(start, end, 0.5 if order == 2 else 1 / 3)
    noises.append(noise_at(first_order(sample, noises, start, middle), middle))
    if order == 2:
        return second_order(sample, noises, start, end)
    there = between(start, end, 2 / 3)
    noises.append(noise_at(third_order_probe(sample, noises, start, end), there))
    return third_order(sample, noises, start, end)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_constant_answer_gives_the_exact_solution(order):
    noise = torch.linspace(-1, 1, 5, dtype=torch.float64)
    sample = 3 + START * noise
    assert torch.allclose(step(order, sample, lambda x, sigma: noise, START, END), 3 + END * noise)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_half_the_step_leaves_an_error_of_its_order(order):
    """Images are Gaussian with variance 1: the answer is x * sigma / (1 + sigma^2), the path sqrt(1 + sigma^2)."""

    def error(steps):
        levels = torch.exp(torch.linspace(math.log(4), math.log(0.5), steps + 1, dtype=torch.float64))
        sample = torch.sqrt(1 + levels[:1] ** 2)
        for start, end in itertools.pairwise(levels):
            sample = step(order, sample, lambda x, s: x * s / (1 + s**2), start[None], end[None])
        return float((sample - torch.sqrt(1 + levels[-1] ** 2)).abs())

    assert math.log2(error(16) / error(32)) == pytest.approx(order, abs=0.35)


def test_half_a_step_is_the_geometric_mean_of_its_noise_levels():
    assert between(START, END, 0.5) == pytest.approx(math.sqrt(2))
    assert between(START, END, 0.0) == pytest.approx(4.0)
    assert between(START, END, 1.0) == pytest.approx(0.5)


def test_each_image_of_a_batch_has_its_own_levels():
    start = torch.tensor([4.0, 2.0], dtype=torch.float64).view(2, 1, 1, 1)
    end = torch.tensor([2.0, 2.0], dtype=torch.float64).view(2, 1, 1, 1)
    sample = torch.ones(2, 4, 3, 3)
    noises = [torch.ones(2, 4, 3, 3), torch.zeros(2, 4, 3, 3), torch.zeros(2, 4, 3, 3)]
    for after in (first_order(sample, noises, start, end), third_order(sample, noises, start, end)):
        assert after.dtype == sample.dtype
        assert (after[1] == 1).all()
        assert (after[0] != 1).all()
