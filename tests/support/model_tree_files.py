"""Contents of the trees of models: for each file its names and shapes, what it is, and its state or code.

A row is: path, shapes, (kind, architecture), state or the code of its refusal, options of `write_header`.
"""

from generation.weights.safetensors_header import Header
from generation.weights.single_file_tensors import KINDS, autoencoder_tensors, needed_tensors


def ones(*names):
    """Return shapes of one number for names that matter by themselves."""
    return dict.fromkeys(names, (1,))


def whole(kind, channels=4):
    """Return a complete checkpoint of Stable Diffusion 1, 2 or XL: every tensor that a loader needs."""
    marks = {"model.diffusion_model.input_blocks.0.0.weight": (320, channels, 3, 3)}
    start = KINDS[kind].encoders[-1].start
    marks |= {f"{start}{KINDS[kind].encoders[-1].names.last}.weight": (768,)}
    needed = needed_tensors(Header(marks, {}, {}), KINDS[kind])
    return dict.fromkeys((name for part in needed.values() for name in part), (1,)) | marks


def autoencoder(channels, prefix="", quant=True):
    names = dict.fromkeys(
        autoencoder_tensors(Header({f"{prefix}decoder.conv_in.weight": (1, channels)}, {}, {}), prefix)
    )
    return dict.fromkeys(names, (1,)) | {f"{prefix}decoder.conv_in.weight": (512, channels, 3, 3)}


def pair(layer, rows, columns, down="lora_down.weight", up="lora_up.weight", rank=4):
    return {f"{layer}.{down}": (rank, columns), f"{layer}.{up}": (rows, rank)}


def peft(layer, rows, columns):
    return pair(layer, rows, columns, "lora_A.weight", "lora_B.weight")


U = "model.diffusion_model."
ATTN2 = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
FLUX = {
    "double_blocks.0.img_attn.qkv.weight": (9216, 3072),
    "double_blocks.0.img_mod.lin.weight": (18432, 3072),
    "double_blocks.0.img_attn.norm.key_norm.scale": (128,),
    "img_in.weight": (3072, 64),
    "vector_in.in_layer.weight": (3072, 768),
    "txt_in.weight": (3072, 4096),
    "final_layer.linear.weight": (64, 3072),
}
SD3 = {"joint_blocks.0.context_block.attn.qkv.weight": (4608, 1536), "x_embedder.proj.weight": (1536, 16, 2, 2)}
Z_IMAGE = {
    "cap_embedder.0.weight": (2560,),
    "layers.0.adaLN_modulation.0.weight": (15360, 256),
    "layers.0.attention.qkv.weight": (11520, 3840),
}
QWEN = {"transformer_blocks.0.img_mod.1.weight": (18432, 3072), "txt_norm.weight": (3584,), "img_in.weight": (3072, 64)}
FLUX_2 = {"single_stream_modulation.lin.weight": (9216, 3072), "double_blocks.0.img_attn.qkv.weight": (9216, 3072)}
CHROMA = {"distilled_guidance_layer.in_proj.weight": (5120, 64), **FLUX}
T5 = {"encoder.block.0.layer.0.SelfAttention.q.weight": (4096, 4096)}
CLIP = "text_model.embeddings.token_embedding.weight"


def chat(width, prefix="model.", *, norm=True):
    names = {f"{prefix}embed_tokens.weight": (8, width), f"{prefix}layers.0.self_attn.k_proj.weight": (8, width)}
    return names | ({f"{prefix}layers.0.self_attn.q_norm.weight": (128,)} if norm else {})


def scaled(shapes):
    return shapes | {f"{name.removesuffix('.weight')}.scale_weight": () for name in shapes if name.endswith("weight")}


COMFYUI = (
    ("checkpoints/sd15.safetensors", whole("sd1"), ("checkpoint", "sd"), "new"),
    ("checkpoints/v2-1.safetensors", whole("sd2"), ("checkpoint", "sd"), "new"),
    ("checkpoints/inpaint/sd15-inpainting.safetensors", whole("sd1", 9), ("checkpoint", "sd"), "new"),
    ("checkpoints/xl/base.safetensors", whole("sdxl"), ("checkpoint", "sdxl"), "new"),
    (
        "checkpoints/flux1-dev-fp8.safetensors",
        {U + name: shape for name, shape in FLUX.items()}
        | ones("text_encoders.t5xxl.transformer.shared.weight", "vae.decoder.conv_in.weight"),
        ("checkpoint", "flux"),
        "unusable",
        {"dtype": "F8_E4M3"},
    ),
    ("diffusion_models/flux1-dev.safetensors", FLUX, ("denoiser", "flux"), "new", {"dtype": "BF16"}),
    ("diffusion_models/flux1-schnell-fp8-scaled.safetensors", scaled(FLUX), ("denoiser", "flux"), "new"),
    ("diffusion_models/flux-2-klein-4b.safetensors", FLUX_2, ("denoiser", "flux2"), "parts_missing"),
    ("diffusion_models/qwen_image_2512_bf16.safetensors", QWEN, ("denoiser", "qwen_image"), "parts_missing"),
    ("diffusion_models/z_image_turbo_bf16.safetensors", Z_IMAGE, ("denoiser", "z_image"), "parts_missing"),
    ("diffusion_models/chroma1-hd.safetensors", CHROMA, ("denoiser", "chroma"), "parts_missing"),
    (
        "diffusion_models/krea2_turbo.safetensors",
        {U + "txtfusion.projector.weight": (1, 12)},
        ("denoiser", "krea2"),
        "parts_missing",
    ),
    ("diffusion_models/sd3.5_medium.safetensors", SD3, ("denoiser", "sd3"), "parts_missing"),
    (
        "diffusion_models/anima.safetensors",
        ones("net.llm_adapter.blocks.0.self_attn.q_proj.weight", "net.blocks.0.self_attn.q_proj.weight"),
        ("denoiser", "anima"),
        "family_not_offered",
    ),
    (
        "unet/wan2.1_t2v.safetensors",
        ones("head.modulation", "blocks.0.self_attn.q.weight"),
        ("denoiser", "wan"),
        "family_not_offered",
    ),
    ("text_encoders/clip_l.safetensors", {CLIP: (49408, 768)}, ("text_encoder", "clip_l"), "new"),
    ("text_encoders/clip_g.safetensors", {CLIP: (49408, 1280)}, ("text_encoder", "clip_g"), "new"),
    (
        "text_encoders/t5xxl_fp16.safetensors",
        T5 | {"shared.weight": (32128, 4096)},
        ("text_encoder", "t5_xxl"),
        "unusable",  # without its tokenizer
    ),
    (
        "text_encoders/t5xxl_fp8_e4m3fn_scaled.safetensors",
        scaled(T5 | {"shared.weight": (32128, 4096)}) | {"scaled_fp8": (2,)},
        ("text_encoder", "t5_xxl"),
        "unusable",  # without its tokenizer
    ),
    (
        "text_encoders/umt5_xxl.safetensors",
        T5 | {"shared.weight": (256384, 4096)},
        ("text_encoder", "umt5_xxl"),
        "not_used",
    ),
    ("text_encoders/qwen_3_4b.safetensors", chat(2560), ("text_encoder", "qwen3_4b"), "not_used"),
    (
        "text_encoders/qwen_2.5_vl_7b.safetensors",
        chat(3584, norm=False)
        | ones("model.layers.0.self_attn.k_proj.bias", "visual.blocks.0.norm1.weight", "lm_head.weight"),
        ("text_encoder", "qwen2_5_vl_7b"),
        "not_used",
    ),
    (
        "clip_vision/sigclip.safetensors",
        ones("vision_model.embeddings.patch_embedding.weight"),
        ("image_encoder", ""),
        "not_used",
    ),
    ("vae/ae.safetensors", autoencoder(16), ("vae", "kl_16"), "new"),
    ("vae/flux2-vae.safetensors", autoencoder(32), ("vae", "kl_32"), "not_used"),
    (
        "vae/qwen_image_vae.safetensors",
        ones("decoder.middle.0.residual.0.gamma", "conv1.weight"),
        ("vae", "qwen_vae"),
        "not_used",
    ),
    (
        "vae_approx/taesd_decoder.safetensors",
        {"3.conv.0.weight": (64, 64, 3, 3), "1.weight": (64, 4, 3, 3)},
        ("preview", ""),
        "not_used",
    ),
    (
        "loras/flux_bfl_kohya.safetensors",
        pair("lora_unet_double_blocks_0_img_attn_qkv", 9216, 3072),
        ("lora", "flux"),
        "new",
    ),
    (
        "loras/flux_peft.safetensors",
        peft("transformer.single_transformer_blocks.0.attn.to_q", 3072, 3072),
        ("lora", "flux"),
        "new",
    ),
    (
        "loras/flux_xlabs.safetensors",
        pair("double_blocks.0.processor.qkv_lora1", 9216, 3072, "down.weight", "up.weight"),
        ("lora", "flux"),
        "new",
    ),
    (
        "loras/flux2_klein.safetensors",
        peft("diffusion_model.single_blocks.0.linear1", 27648, 3072),
        ("lora", "flux2"),
        "new",
    ),
    (
        "loras/qwen_lightning.safetensors",
        pair("transformer_blocks.0.img_mlp.net.2", 3072, 12288),
        ("lora", "qwen_image"),
        "new",
    ),
    (
        "loras/qwen_attention.safetensors",
        peft("transformer_blocks.0.attn.add_q_proj", 3072, 3072),
        ("lora", "qwen_image"),
        "new",
    ),
    (
        "loras/sd3.safetensors",
        peft("transformer.transformer_blocks.0.attn.add_q_proj", 1536, 1536),
        ("lora", "sd3"),
        "new",
    ),
    (
        "loras/z_image.safetensors",
        peft("diffusion_model.layers.0.attention.to_q", 3840, 3840),
        ("lora", "z_image"),
        "new",
    ),
    (
        "controlnet/flux_union.safetensors",
        ones("controlnet_x_embedder.weight", "controlnet_blocks.0.weight", "transformer_blocks.0.attn.to_q.weight"),
        ("controlnet", "flux"),
        "unusable",
    ),
    (
        "controlnet/control-lora-canny.safetensors",
        {"lora_controlnet": (0,), "input_hint_block.0.weight": (16, 3, 3, 3)},
        ("controlnet", ""),
        "not_used",
    ),
    (
        "upscale_models/4x-UltraSharp.safetensors",
        {"model.0.weight": (64, 3, 3, 3), "model.1.sub.0.RDB1.conv1.0.weight": (32, 64, 3, 3)},
        ("upscaler", "esrgan"),
        "new",
    ),
    (
        "upscale_models/realesr-general.safetensors",
        {"body.0.weight": (64, 3, 3, 3), "body.66.weight": (48, 64, 3, 3)},
        ("upscaler", "esrgan"),
        "new",
    ),
    (
        "animatediff_models/mm_sd_v15.safetensors",
        ones("down_blocks.0.motion_modules.0.temporal_transformer.norm.weight"),
        ("motion", ""),
        "not_used",
    ),
)
A1111 = (
    ("models/Stable-diffusion/dreamshaper.safetensors", whole("sd1"), ("checkpoint", "sd"), "new"),
    (
        "models/Stable-diffusion/noVAE.safetensors",
        {name: shape for name, shape in whole("sd1").items() if not name.startswith("first_stage_model.")},
        ("checkpoint", "sd"),
        "unusable",
    ),
    (
        "models/Stable-diffusion/sd_xl_refiner.safetensors",
        ones("conditioner.embedders.0.model.ln_final.weight", U + "input_blocks.0.0.weight"),
        ("refiner", "sdxl"),
        "unusable",
    ),
    # Forge keeps denoisers beside whole checkpoints.
    (
        "models/Stable-diffusion/unet-only.safetensors",
        ones(U + "input_blocks.0.0.weight", U + "time_embed.0.weight"),
        ("denoiser", "sd"),
        "parts_missing",
    ),
    (
        "models/text_encoder/t5xxl.safetensors",
        T5 | {"encoder.embed_tokens.weight": (32128, 4096)},
        ("text_encoder", "t5_xxl"),
        "unusable",  # without its tokenizer
    ),
    ("models/VAE/vae-ft-mse-840000.safetensors", autoencoder(4), ("vae", "kl_4"), "new"),
    ("models/VAE/first-stage.safetensors", autoencoder(4, "first_stage_model."), ("vae", "kl_4"), "new"),
    ("models/Lora/kohya.safetensors", pair(ATTN2, 640, 768), ("lora", "sd"), "new"),
    (
        "models/Lora/kohya_xl.safetensors",
        pair("lora_te2_text_model_encoder_layers_0_mlp_fc1", 5120, 1280),
        ("lora", "sdxl"),
        "new",
    ),
    ("models/Lora/dora.safetensors", pair(ATTN2, 640, 768) | {f"{ATTN2}.dora_scale": (640, 1)}, ("lora", "sd"), "new"),
    (
        "models/Lora/loha.safetensors",
        {
            f"{ATTN2}.hada_{name}": shape
            for name, shape in (("w1_a", (640, 4)), ("w1_b", (4, 768)), ("w2_a", (640, 4)), ("w2_b", (4, 768)))
        },
        ("lora", "sd"),
        "new",
        {"metadata": {"ss_base_model_version": "sd_v1"}},
    ),
    (
        "models/Lora/lokr.safetensors",
        {f"{ATTN2}.lokr_w1": (4, 4), f"{ATTN2}.lokr_w2": (160, 192)},
        ("lora", "sdxl"),
        "new",
        {"metadata": {"ss_base_model_version": "sdxl_base_v1-0"}},
    ),
    (
        "models/Lora/old-diffusers.safetensors",
        pair(
            "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.processor.to_k_lora",
            320,
            768,
            "down.weight",
            "up.weight",
        ),
        ("lora", "sd"),
        "new",
    ),
    # An embedding in the folder of LoRA, and a LoRA among embeddings.
    ("models/Lora/bad-hands.safetensors", {"emb_params": (8, 768)}, ("embedding", "sd"), "new"),
    (
        "embeddings/style.safetensors",
        pair("unet.up_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k", 640, 2048),
        ("lora", "sdxl"),
        "new",
    ),
    ("embeddings/xl.safetensors", {"clip_l": (4, 768), "clip_g": (4, 1280)}, ("embedding", "sdxl"), "new"),
    (
        "models/ControlNet/control_v11p_canny.safetensors",
        {
            "control_model.input_hint_block.0.weight": (16, 3, 3, 3),
            "control_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (320, 768),
        },
        ("controlnet", "sd"),
        "new",
    ),
    (
        "models/ControlNet/t2iadapter_sketch.safetensors",
        {"body.0.block1.weight": (320, 320, 3, 3), "conv_in.weight": (320, 64, 3, 3)},
        ("controlnet", ""),
        "not_used",
    ),
    (
        "models/ControlNet/ip-adapter_sd15.safetensors",
        {"image_proj.proj.weight": (3072, 1024), "ip_adapter.1.to_k_ip.weight": (320, 768)},
        ("ip_adapter", "sd"),
        "new",
    ),
    (
        "models/SwinIR/SwinIR_4x.safetensors",
        ones("layers.0.residual_group.blocks.0.norm1.weight", "conv_first.weight"),
        ("upscaler", "swin"),
        "new",
    ),
)
GGUF = (
    ("unet/flux1-dev-Q4_K_S.gguf", "flux", dict.fromkeys(FLUX, 256), ("denoiser", "flux"), "new"),
    ("unet/z_image-Q8_0.gguf", "lumina2", dict.fromkeys(Z_IMAGE, 256), ("denoiser", "z_image"), "parts_missing"),
    (
        "text_encoders/t5-v1_1-xxl-encoder-Q5_K_M.gguf",
        "t5encoder",
        {"token_embd.weight": 4096, "enc.blk.0.attn_q.weight": 256},
        ("text_encoder", "t5_xxl"),
        "unusable",  # without its tokenizer
    ),
    (
        "text_encoders/Llama-3-8B.gguf",
        "llama",
        {"token_embd.weight": 4096, "blk.0.attn_q.weight": 256},
        ("language_model", "llama"),
        "language_model",
    ),
)
