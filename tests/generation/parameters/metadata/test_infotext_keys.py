"""The infotext uses every key of AUTOMATIC1111."""

from hypothesis import strategies as st

from generation.parameters.metadata.infotext_keys import UNWRITTEN
from generation.parameters.ranges import RANGES
from generation.parameters.schema import ResolvedParameters
from tests.generation.parameters.metadata.conftest import WHOLE, build, resolved


def test_every_key_that_a1111_has_is_used():
    text = build(
        resolved(
            sampler="ddim",
            eta=0.5,
            upscale_by=2,
            clip_skip=2,
            guidance_rescale=0.7,
            variation_strength=0.2,
            hires={"scale": 1.5, "steps": 10, "strength": 0.4, "upscaler": "4x_sharp"},
            loras=[{"name": "ink", "weight": 0.8}],
            vae="ema",
            refiner={"checkpoint": "polish", "start": 0.75},
            controls=[{"model": "lines", "image": "image:5", "weight": 0.5}],
        ),
        batch_size=4,
        position=2,
        hashes={"ink": "a" * 64, "ema": "b" * 64, "polish": "c" * 64, "lines": "d" * 64},
    )
    for pair in (
        "Eta DDIM: 0.5",
        "Postprocess upscale by: 2, Postprocess upscaler: Lanczos",
        "Clip skip: 2",
        "CFG Rescale: 0.7",
        "Variation seed: 3, Variation seed strength: 0.2",
        "Denoising strength: 0.4",
        "Hires upscale: 1.5, Hires steps: 10, Hires upscaler: 4x_sharp",
        "a red heart\n<lora:ink:0.8>\n",
        'Lora hashes: "ink: aaaaaaaaaa"',
        "VAE: ema",
        "VAE hash: bbbbbbbbbb",
        "Refiner: polish [cccccccccc], Refiner switch at: 0.75",
        'ControlNet 0: "Module: none, Model: lines [dddddddddd], Weight: 0.5, Guidance Start: 0, Guidance End: 1, ',
        "Batch size: 4, Batch pos: 2",
    ):
        assert pair in text
    inpainted = build(
        resolved(
            task="inpaint",
            init_image="image:1",
            mask_image="image:2",
            strength=0.6,
            noise_multiplier=1.1,
            mask_blur=8,
            mask_area="masked",
            mask_padding=16,
            mask_fill="noise",
            mask_invert=True,
        )
    )
    for pair in (
        "Denoising strength: 0.6",
        "Noise multiplier: 1.1",
        "Mask blur: 8, Inpaint area: Only masked, Masked area padding: 16, Masked content: latent noise",
        "Mask mode: Inpaint not masked",
        'sdsite init image: "image:1", sdsite mask image: "image:2"',
    ):
        assert pair in inpainted
    assert "Distilled CFG Scale: 3.5" in build(resolved(true_cfg_scale=2, guidance_scale=3.5))


def in_range(name, *, whole=False):
    bounds = RANGES[name]
    if whole or bounds.multiple_of:
        step = bounds.multiple_of or 1
        return st.integers(-(-int(bounds.least) // step), int(bounds.most) // step).map(lambda one: one * step)
    return st.floats(bounds.least, bounds.most)


NUMBERS = {
    name: in_range(name, whole=name in WHOLE)
    for name in RANGES
    if "." not in name and name not in ("count", "batch_size", "keep_steps", "seed", "variation_seed")
}


def test_the_strategy_has_every_field_that_is_written():
    probe = set(ResolvedParameters.model_fields) - UNWRITTEN
    drawn = set(NUMBERS) | {"seed", "variation_seed", "task", "prompt", "negative_prompt", "checkpoint", "sampler"}
    drawn |= {"timestep_spacing", "init_upscaler"}
    drawn |= {"schedule", "upscaler", "vae", "init_image", "mask_image", "resize_mode", "keep_original", "mask_invert"}
    drawn |= {
        "mask_area",
        "mask_fill",
        "output_format",
        "reproducible",
        "speed_mode",
        "outpaint",
        "hires",
        "loras",
        "controls",
    }
    assert probe == drawn | {"ip_adapter", "refiner"}
