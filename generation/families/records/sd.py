"""Record of Stable Diffusion 1 and 2."""

from generation.families.record import (
    Control,
    Family,
    Fingerprint,
    Latents,
    Names,
    Prompts,
    Tokenizer,
    tasks_of,
)

FAMILY = Family(
    "sd",
    "Stable Diffusion 1 and 2",
    tasks_of("StableDiffusion"),
    denoiser="UNet2DConditionModel",
    latents=Latents(4),
    prompts=Prompts("clip", (Tokenizer("tokenizer", 75, chunked=True, clip=True),), clip_skip=True, chunked=True),
    parts=("unet", "vae", "text_encoder", "tokenizer"),
    size_multiple=8,
    width=512,
    height=512,
    steps=25,
    guidance_scale=7.0,
    sampler="dpmpp_2m",
    schedule="karras",
    most_area=768 * 768,
    batch_size=4,
    flow=False,
    own_levels=False,
    features=frozenset({"clip_skip", "guidance_rescale", "embeddings", "ip_adapter"}),
    rescales=("text_to_image",),
    aligned_levels=(14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029),
    names=Names(
        fingerprints=(
            Fingerprint("sd2", "cond_stage_model.model.ln_final.weight", "sd"),
            Fingerprint("sd1", "cond_stage_model.transformer.text_model.final_layer_norm.weight", "sd"),
            Fingerprint("sd1", "cond_stage_model.transformer.final_layer_norm.weight", "sd"),
        ),
        embedding=("text_encoder",),
    ),
    control=Control(
        "ControlNetModel",
        {
            "text_to_image": ("StableDiffusionControlNetPipeline", "image"),
            "image_to_image": ("StableDiffusionControlNetImg2ImgPipeline", "control_image"),
            "inpaint": ("StableDiffusionControlNetInpaintPipeline", "control_image"),
        },
        files=True,
    ),
    licences=("openrail-m", "openrail++-m"),
)
