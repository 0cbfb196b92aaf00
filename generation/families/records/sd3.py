"""Record of Stable Diffusion 3 and 3.5."""

from generation.families.record import (
    Control,
    Family,
    Latents,
    Names,
    Prompts,
    Tokenizer,
    lacking_parts,
    tasks_of,
)

FAMILY = Family(
    "sd3",
    "Stable Diffusion 3",
    tasks_of("StableDiffusion3"),
    denoiser="SD3Transformer2DModel",
    latents=Latents(16),
    # Without T5, as many people run it, the limit is CLIP's.
    prompts=Prompts(
        "clip_t5",
        (Tokenizer("tokenizer_3", 255), Tokenizer("tokenizer", 75, clip=True)),
        clip_skip=True,
        pooled=("pooled_projections",),
    ),
    parts=("transformer", "vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2"),
    size_multiple=16,
    width=1024,
    height=1024,
    steps=28,
    guidance_scale=5.0,
    sampler="euler",
    least_area=512 * 512,
    most_area=1440 * 1440,
    own_levels=False,
    names=Names(
        fingerprints=lacking_parts(
            "sd3", "Stable Diffusion 3", "model.diffusion_model.joint_blocks.0.context_block.attn.qkv.weight"
        ),
        beside="CLIP-L, CLIP-G and an autoencoder with 16 channels",
    ),
    control=Control("SD3ControlNetModel", {"text_to_image": ("StableDiffusion3ControlNetPipeline", "control_image")}),
    compiles=False,
    licences=("stability-community",),
)
