"""Record of Flux.2 Klein."""

from generation.families.record import Family, Latents, Names, Prompts, References, Tokenizer, Variant, lacking_parts

FAMILY = Family(
    "flux2",
    "Flux.2 Klein",
    {"text_to_image": "Flux2KleinPipeline"},
    denoiser="Flux2Transformer2DModel",
    latents=Latents(
        32,
        patch=2,
        normalisation="batch_norm",
        patched_noise=True,
        finished=True,
        autoencoder="AutoencoderKLFlux2",
    ),
    prompts=Prompts("chat_layers", (Tokenizer("tokenizer", 512),), apart=True, negative=False),
    parts=("transformer", "vae", "text_encoder", "tokenizer"),
    size_multiple=16,
    width=1024,
    height=1024,
    steps=50,
    guidance_scale=4.0,
    sampler="euler",
    variants=(Variant("distilled", "distilled for few steps", "", "is_distilled", True, 4, 1.0, guided=False),),
    names=Names(
        fingerprints=lacking_parts(
            "flux2",
            "Flux.2",
            "model.diffusion_model.double_stream_modulation_img.lin.weight",
            "double_stream_modulation_img.lin.weight",
        ),
        beside="Qwen3 4B or 8B and an autoencoder with 32 channels",
    ),
    references=References(4),
    caches=("text_to_image",),
    licences=("apache-2.0", "flux-non-commercial"),
)
