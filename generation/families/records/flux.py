"""Record of Flux.1."""

from generation.families.record import (
    Control,
    Family,
    Joined,
    Latents,
    Names,
    Prompts,
    Tokenizer,
    Variant,
    lacking_parts,
    tasks_of,
)

FAMILY = Family(
    "flux",
    "Flux.1",
    tasks_of("Flux"),
    denoiser="FluxTransformer2DModel",
    latents=Latents(
        16,
        patch=2,
        config={
            "scaling_factor": 0.3611,
            "shift_factor": 0.1159,
            "use_quant_conv": False,
            "use_post_quant_conv": False,
        },
    ),
    prompts=Prompts("t5", (Tokenizer("tokenizer_2", 511),), apart=True, pooled=("pooled_projections",)),
    parts=("transformer", "vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2"),
    size_multiple=16,
    width=1024,
    height=1024,
    steps=28,
    guidance_scale=3.5,
    sampler="euler",
    guidance="embedded",
    variants=(
        Variant("schnell", "distilled for few steps", "transformer", "guidance_embeds", False, 4, 0.0, guided=False),
    ),
    features=frozenset({"true_cfg_scale"}),
    names=Names(
        fingerprints=lacking_parts(
            "flux",
            "Flux",
            "model.diffusion_model.double_blocks.0.img_attn.qkv.weight",
            "double_blocks.0.img_attn.qkv.weight",
        ),
        beside="CLIP-L, T5 XXL and an autoencoder with 16 channels",
    ),
    joined=(
        Joined("text_encoder", "clip", ("vector_in.in_layer.weight", "time_text_embed.text_embedder.linear_1.weight")),
        Joined("text_encoder_2", "t5", ("txt_in.weight", "context_embedder.weight")),
        Joined("vae", "vae", ("final_layer.linear.weight", "proj_out.weight"), axis=0, divisor=4),  # 2 x 2 a token
    ),
    control=Control(
        "FluxControlNetModel",
        {
            "text_to_image": ("FluxControlNetPipeline", "control_image"),
            "image_to_image": ("FluxControlNetImg2ImgPipeline", "control_image"),
            "inpaint": ("FluxControlNetInpaintPipeline", "control_image"),
        },
    ),
    caches=("text_to_image",),
    licences=("flux-non-commercial", "apache-2.0"),
)
