"""Record of Z-Image."""

from generation.families.record import Family, Latents, Names, Prompts, Tokenizer, lacking_parts, tasks_of

FAMILY = Family(
    "z_image",
    "Z-Image",
    tasks_of("ZImage"),
    denoiser="ZImageTransformer2DModel",
    latents=Latents(16, single=True),
    prompts=Prompts("chat", (Tokenizer("tokenizer", 512),), listed=True),
    parts=("transformer", "vae", "text_encoder", "tokenizer"),
    size_multiple=16,
    width=1024,
    height=1024,
    # Turbo, its best known variant, is distilled: few steps; in this family a guidance of 0 means no guidance.
    steps=9,
    guidance_scale=0.0,
    sampler="euler",
    names=Names(
        fingerprints=lacking_parts(
            "z_image", "Z-Image", "model.diffusion_model.cap_embedder.0.weight", "cap_embedder.0.weight"
        ),
        beside="Qwen3 4B and an autoencoder with 16 channels",
    ),
    licences=("apache-2.0",),
)
