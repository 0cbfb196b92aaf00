"""Record of Chroma."""

from generation.families.record import Family, Latents, Names, Prompts, Tokenizer, lacking_parts

FAMILY = Family(
    "chroma",
    "Chroma",
    # Its class for inpainting asks the denoiser for an entry of its config that there is none of.
    {"text_to_image": "ChromaPipeline", "image_to_image": "ChromaImg2ImgPipeline"},
    denoiser="ChromaTransformer2DModel",
    latents=Latents(16, patch=2),
    prompts=Prompts("plain", (Tokenizer("tokenizer", 511),), apart=True),
    parts=("transformer", "vae", "text_encoder", "tokenizer"),
    size_multiple=16,
    width=1024,
    height=1024,
    steps=35,
    guidance_scale=5.0,
    sampler="euler",
    names=Names(
        fingerprints=lacking_parts(
            "chroma",
            "Chroma",
            "model.diffusion_model.distilled_guidance_layer.in_proj.weight",
            "distilled_guidance_layer.in_proj.weight",
        ),
        beside="T5 XXL and an autoencoder with 16 channels",
    ),
    licences=("apache-2.0",),
)
