"""Record of Qwen-Image."""

from generation.families.record import Family, Latents, Names, Prompts, Tokenizer, lacking_parts, tasks_of

FAMILY = Family(
    "qwen_image",
    "Qwen-Image",
    tasks_of("QwenImage"),
    denoiser="QwenImageTransformer2DModel",
    latents=Latents(16, patch=2, normalisation="statistics", frames=True, autoencoder="AutoencoderKLQwenImage"),
    prompts=Prompts("plain", (Tokenizer("tokenizer", 512),), apart=True),
    parts=("transformer", "vae", "text_encoder", "tokenizer"),
    size_multiple=16,
    width=1328,
    height=1328,
    steps=50,
    guidance_scale=4.0,
    sampler="euler",
    guidance="true_cfg",
    names=Names(
        fingerprints=lacking_parts(
            "qwen_image",
            "Qwen-Image",
            "model.diffusion_model.transformer_blocks.0.img_mlp.net.2.weight",
            "transformer_blocks.0.img_mlp.net.2.weight",
        ),
        beside="Qwen2.5-VL 7B and the autoencoder of Qwen-Image",
    ),
    caches=("text_to_image", "image_to_image", "inpaint"),
    licences=("apache-2.0",),
)
