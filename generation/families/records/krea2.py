"""Record of Krea 2."""

from generation.families.record import Family, Latents, Names, Prompts, Tokenizer, Variant, lacking_parts

FAMILY = Family(
    "krea2",
    "Krea 2",
    {"text_to_image": "Krea2Pipeline"},
    denoiser="Krea2Transformer2DModel",
    latents=Latents(16, patch=2, normalisation="statistics", frames=True, autoencoder="AutoencoderKLQwenImage"),
    prompts=Prompts("plain", (Tokenizer("tokenizer", 507),), apart=True),
    parts=("transformer", "vae", "text_encoder", "tokenizer"),
    size_multiple=16,
    width=1024,
    height=1024,
    steps=52,
    guidance_scale=3.5,  # added to the prediction, so that 0 means no guidance
    sampler="euler",
    variants=(Variant("turbo", "distilled for few steps", "", "is_distilled", True, 8, 0.0),),
    names=Names(
        fingerprints=lacking_parts(
            "krea2", "Krea 2", "model.diffusion_model.txtfusion.projector.weight", "txtfusion.projector.weight"
        ),
        beside="Qwen3-VL 4B and the autoencoder of Qwen-Image",
    ),
    licences=("krea-community",),
)
