"""The refiner takes the last steps."""

import diffusers
import torch

from generation.pipelines.adapters import get_base_pass_arguments, refine
from tests.generation.pipelines.adapters.conftest import CALL, run_pipeline, same


def test_the_refiner_runs_the_last_steps(load, bare, apply, weights):
    path = weights("refiner", suffix="")
    before = run_pipeline(load("sdxl").pipe, num_inference_steps=4)

    def run(pipe, arguments):
        return pipe(**{"output_type": "np", **arguments}).images

    call = {**CALL, "num_inference_steps": 4, "generator": torch.Generator().manual_seed(1)}
    requested = {"checkpoint": "fine", "start": 0.5}
    with apply("sdxl", {("refiner", "fine"): path}, refiner=requested) as applied:
        latents = run(applied.pipe, {**call, **get_base_pass_arguments(applied)})
        generated = refine(run, applied, call, latents)
    assert generated.shape == before.shape
    assert not same(generated, before)
    assert same(run_pipeline(load("sdxl").pipe, num_inference_steps=4), before)
    base = bare("sdxl")
    fine = diffusers.StableDiffusionXLImg2ImgPipeline.from_pretrained(path, vae=base.vae, add_watermarker=False)
    generator = torch.Generator().manual_seed(1)
    common = {"prompt": CALL["prompt"], "num_inference_steps": 4, "guidance_scale": 4.0, "generator": generator}
    latents = base(**common, width=64, height=64, denoising_end=0.5, output_type="latent").images
    expected = fine(**common, image=latents, denoising_start=0.5, output_type="np").images
    assert same(generated, expected)
