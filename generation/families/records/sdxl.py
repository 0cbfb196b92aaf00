"""Record of Stable Diffusion XL."""

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
    "sdxl",
    "Stable Diffusion XL",
    tasks_of("StableDiffusionXL"),
    denoiser="UNet2DConditionModel",
    latents=Latents(4, overflows=True),
    prompts=Prompts(
        "clip_pair",
        (Tokenizer("tokenizer", 75, chunked=True, clip=True),),
        clip_skip=True,
        chunked=True,
        pooled=("added_cond_kwargs", "text_embeds"),
    ),
    parts=("unet", "vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2"),
    size_multiple=8,
    width=1024,
    height=1024,
    steps=30,
    guidance_scale=6.0,
    sampler="dpmpp_2m",
    schedule="karras",
    least_area=512 * 512,
    most_area=1536 * 1536,
    batch_size=2,
    flow=False,
    own_levels=False,
    features=frozenset({"clip_skip", "guidance_rescale", "refiner", "embeddings", "ip_adapter"}),
    rescales=("text_to_image", "image_to_image", "inpaint"),
    aligned_levels=(14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029),
    names=Names(
        fingerprints=(Fingerprint("sdxl", "conditioner.embedders.1.model.ln_final.weight", "sdxl"),),
        embedding=("text_encoder_2", "clip_l"),
    ),
    control=Control(
        "ControlNetModel",
        {
            "text_to_image": ("StableDiffusionXLControlNetPipeline", "image"),
            "image_to_image": ("StableDiffusionXLControlNetImg2ImgPipeline", "control_image"),
            "inpaint": ("StableDiffusionXLControlNetInpaintPipeline", "control_image"),
        },
        files=True,
    ),
    licences=("openrail++-m",),
)
