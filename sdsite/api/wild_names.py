"""Names that other programs use for what `GenerationParameters` calls otherwise.

They are not accepted in place of ours, because the same name means different things in different programs; a refusal
says which name to use, and `docs/api.md` lists them.
"""

WILD_NAMES: dict[str, str] = {
    "ddim_steps": "steps",
    "num_inference_steps": "steps",
    "scale": "guidance_scale",
    "cfg_scale": "guidance_scale",
    "H": "height",
    "W": "width",
    "n_samples": "count",
    "samples": "count",
    "n": "count",
    "num_images": "count",
    "n_iter": "count",
    "ddim_eta": "eta",
    "ckpt": "checkpoint",
    "engine": "checkpoint",
    "model": "checkpoint",
    "model_type": "checkpoint",
    "sampler_name": "sampler",
    "scheduler": "schedule",
    "format": "output_format",
    "upscale": "upscale_by",
    "unet_bs": "batch_size",
}
