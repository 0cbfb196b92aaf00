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

# Names of what is no field here -> what does it instead.
ELSEWHERE: dict[str, str] = {
    "text_prompts": "send the texts as prompt and negative_prompt",
    "fixed_code": "the same seed starts from the same noise",
    "skip_grid": "a sheet is made only where /api/v1/jobs/{id}/sheet is asked for",
    "return_base64": "add images=base64 to the address",
    "synchronous_request": "add wait=SECONDS to the address",
    "from_file": "send image_prompts, one for each image",
    "from-file": "send image_prompts, one for each image",
    "turbo": "choose a checkpoint, sampler and steps that are quick",
    "precision": "each checkpoint has its own",
}
