"""Variations: the initial noise of an image, its own or mixed with that of another seed."""

import math

import pytest
import torch
from diffusers import EulerAncestralDiscreteScheduler
from diffusers.utils import torch_utils

from generation.pipelines import noise
from generation.pipelines.arguments import make_generators
from generation.pipelines.noise import initial_latents, slerp
from tests.generation.pipelines.conftest import FAMILIES, ask
from tests.support.fake_accelerator import fake_accelerator, on_host


class Stopped(Exception):
    pass


def own_noise(loaded, images, generators_of_images, latents=None):
    """Return the latents that the bare pipeline begins with: its own, or the given ones."""
    pipe, kept = loaded.pipe, []
    prepare = pipe.prepare_latents

    def note(*args, **kwargs):
        kept.append(prepare(*args, **kwargs))
        raise Stopped

    pipe.prepare_latents = note
    given = {} if latents is None else {"latents": latents}
    first = images[0]
    size = {"width": first.width, "height": first.height, "num_inference_steps": 2}
    try:
        pipe(first.prompt, **size, num_images_per_prompt=len(images), generator=generators_of_images, **given)
    except Stopped:
        pass
    finally:
        del pipe.prepare_latents
    return kept[0][0] if isinstance(kept[0], tuple) else kept[0]


def variations(source, *strengths, **requested):
    """Return the parameters of images, one for each strength, with seeds of their own."""
    requested = {"width": 96, "height": 64, **requested}
    return [
        ask(source, seed=7 + number, variation_seed=70 + number, variation_strength=strength, **requested)
        for number, strength in enumerate(strengths)
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_without_variation_it_is_the_pipelines_own_noise_bit_for_bit(checkpoints, cache, family, monkeypatch):
    loaded = cache.get(checkpoints[family])
    # One image is mixed, so that noise is made at all; the other one must not change.
    images = variations(checkpoints[family], 0, 0.3)
    ours, theirs = make_generators(images), make_generators(images)
    made = initial_latents(loaded.pipe, family, images, ours, dtype=loaded.dtype)
    wanted = own_noise(loaded, images, theirs)
    begun = own_noise(loaded, images, ours, made)
    assert torch.equal(begun[0], wanted[0])
    assert not torch.equal(begun[1], wanted[1])
    assert begun.shape == wanted.shape
    for mine, bare in zip(ours, theirs, strict=True):  # samplers that add noise go on with the same numbers
        assert torch.equal(mine.get_state(), bare.get_state())


@pytest.mark.parametrize("family", FAMILIES)
def test_full_strength_is_the_noise_of_the_variation_seed(checkpoints, cache, family):
    loaded = cache.get(checkpoints[family])
    [image] = variations(checkpoints[family], 1.0)
    made = initial_latents(loaded.pipe, family, [image], make_generators([image]), dtype=loaded.dtype)
    [other] = variations(checkpoints[family], 0)
    other = other.with_changes(seed=image.variation_seed)
    wanted = own_noise(loaded, [other], make_generators([other]))
    assert torch.equal(own_noise(loaded, [image], make_generators([image]), made), wanted)


def test_noise_of_the_variation_seed_is_drawn_in_the_precision_of_the_weights(checkpoints, cache):
    """As its image of full strength would: other precisions draw other numbers."""
    loaded = cache.get(checkpoints["sd"])
    [image] = variations(checkpoints["sd"], 1.0)
    [made] = initial_latents(loaded.pipe, "sd", [image], make_generators([image]), dtype=torch.float16)
    generator = torch.Generator().manual_seed(image.variation_seed)
    assert torch.equal(made, torch.randn(made.shape, generator=generator, dtype=torch.float16))


@pytest.mark.parametrize(
    ("family", "dtype"), [("sd", torch.float16), ("flux", torch.bfloat16), ("z_image", torch.float32)]
)
def test_noise_has_the_precision_in_which_the_family_denoises(checkpoints, cache, family, dtype):
    loaded, [image] = cache.get(checkpoints[family]), variations(checkpoints[family], 0.3)
    given = torch.float16 if family == "sd" else torch.bfloat16
    assert initial_latents(loaded.pipe, family, [image], make_generators([image]), dtype=given).dtype == dtype


def test_without_any_variation_the_pipeline_makes_its_own_noise(checkpoints, cache):
    images = variations(checkpoints["sd"], 0, 0)
    assert initial_latents(cache.get(checkpoints["sd"]).pipe, "sd", images, make_generators(images), dtype=None) is None


def test_the_mixture_is_a1111s():
    """By its published formula, one column after another."""
    first, second = (torch.randn(4, 6, 5, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))
    mixed = slerp(0.3, first, second)
    for channel in range(4):
        for column in range(5):
            a, b = first[channel, :, column].double(), second[channel, :, column].double()
            angle = math.acos(float(a @ b / (a.norm() * b.norm())))
            wanted = (math.sin(0.7 * angle) * a + math.sin(0.3 * angle) * b) / math.sin(angle)
            assert torch.allclose(mixed[channel, :, column].double(), wanted, atol=1e-5)


def test_mixed_noise_is_as_strong_as_unmixed():
    first, second = (torch.randn(4, 64, 64, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))
    for share in (0.1, 0.5, 0.9):
        assert abs(float(slerp(share, first, second).std()) - 1) < 0.02


def test_noise_mixed_with_itself_stays_itself():
    same = torch.randn(4, 8, 8)
    assert torch.allclose(slerp(0.5, same, same.clone()), same, atol=1e-6)


@pytest.mark.parametrize("several", [False, True])
def test_noise_of_samplers_reaches_a_card_with_the_same_numbers_and_no_wait(several):
    seeds = [torch.Generator().manual_seed(seed) for seed in (1, 2)]
    own = torch_utils.randn_tensor((2, 4, 8, 8), generator=seeds if several else seeds[0], dtype=torch.float16)
    again = [torch.Generator().manual_seed(seed) for seed in (1, 2)]
    with fake_accelerator() as card:
        copied = noise.randn_tensor((2, 4, 8, 8), again if several else again[0], "cuda:0", torch.float16)
        assert copied.is_cuda
        assert card.synchronizations == []
        assert torch.equal(on_host(copied), own)


def test_schedulers_of_diffusers_take_this_noise():
    scheduler = EulerAncestralDiscreteScheduler()
    noise.use_own_noise(scheduler)
    scheduler.set_timesteps(4)
    latents = torch.ones(1, 4, 8, 8)
    with fake_accelerator() as card:
        scheduler.set_timesteps(4, device="cuda")
        scheduler.set_begin_index(0)
        generator = torch.Generator().manual_seed(3)
        scheduler.step(latents.cuda(), scheduler.timesteps[0], latents.cuda(), generator=generator)
        assert [copy.asynchronous for copy in card.copies if copy.shape == (1, 4, 8, 8)][-1]
