"""Field names of other programs, and the names of `GenerationParameters` for them.

They are not accepted as aliases, because the same name means different things in different programs; the error says
which name to use, and `docs/api.md` lists them.
"""

FOREIGN_NAMES: dict[str, str] = {
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
    "init_img": "init_image",
    "mask": "mask_image",
    "denoising_strength": "strength",
    "ckpt": "checkpoint",
    "engine": "checkpoint",
    "model": "checkpoint",
    "model_type": "checkpoint",
    "sampler_name": "sampler",
    "scheduler": "schedule",
    "format": "output_format",
    "upscale": "upscale_by",
    "post_upscale": "upscale_by",
    "output_compression": "quality",
    "unet_bs": "batch_size",
}

# Names without a field here -> what to do instead.
ALTERNATIVES: dict[str, str] = {
    "text_prompts": "send the texts as prompt and negative_prompt",
    "fixed_code": "the same seed starts from the same noise",
    "skip_grid": "request a contact sheet at /api/v1/jobs/{id}/sheet",
    "return_base64": "add images=base64 to the URL",
    "synchronous_request": "add wait=SECONDS to the URL",
    "from_file": "send image_prompts, one for each image",
    "from-file": "send image_prompts, one for each image",
    "turbo": "choose a fast checkpoint and sampler, and few steps",
    "precision": "each checkpoint has its own",
}
