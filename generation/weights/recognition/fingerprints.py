"""Tables of the tensor names by which files of weights are recognised. Data only.

Names are those of the files that makers and ComfyUI publish, and those of diffusers. A prefix such as
`model.diffusion_model.` is taken off before a denoiser is looked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """Recognition of one architecture: every tensor name of one of the alternatives in `names` is in the file."""

    architecture: str
    names: tuple[tuple[str, ...], ...]


# Prefixes of the denoiser's tensors, the first one found counts.
DENOISER_PREFIXES = ("model.diffusion_model.", "diffusion_model.", "net.", "transformer.", "unet.", "")
# Prefixes of the parts that a whole checkpoint holds beside its denoiser.
PART_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "vae": ("first_stage_model.", "vae."),
    "text_encoder": ("cond_stage_model.", "conditioner.embedders.", "text_encoders.", "text_encoder."),
}

# The first match counts, so what extends another architecture comes before it.
DENOISERS: tuple[Mark, ...] = (
    Mark("flux3", (("early_stream_modulations.image.lin.weight",), ("ref_time_in.in_layer.weight",))),
    Mark("flux2", (("single_stream_modulation.lin.weight",), ("single_stream_modulation.linear.weight",))),
    Mark("chroma", (("distilled_guidance_layer.in_proj.weight",),)),
    Mark("hunyuan_video", (("txt_in.individual_token_refiner.blocks.0.adaLN_modulation.1.weight",),)),
    Mark(
        "flux",
        (
            ("double_blocks.0.img_attn.qkv.weight", "double_blocks.0.img_mod.lin.weight"),
            ("double_blocks.0.img_attn.qkv.weight", "img_in.weight"),
            ("single_transformer_blocks.0.proj_mlp.weight", "x_embedder.weight"),
        ),
    ),
    Mark("qwen_image_21", (("txt_in.text_norm.weight",),)),
    Mark("qwen_image", (("transformer_blocks.0.img_mod.1.weight", "txt_norm.weight"),)),
    Mark("krea2", (("txtfusion.projector.weight",), ("text_fusion.projector.weight",))),
    Mark(
        "sd3",
        (
            ("joint_blocks.0.context_block.attn.qkv.weight",),
            ("transformer_blocks.0.attn.add_q_proj.weight", "pos_embed.proj.weight"),
        ),
    ),
    Mark(
        "z_image",
        (
            ("cap_embedder.0.weight", "layers.0.adaLN_modulation.0.weight"),
            ("cap_embedder.0.weight", "all_x_embedder.2-1.weight"),
        ),
    ),
    Mark(
        "lumina2",
        (
            ("cap_embedder.0.weight", "layers.0.adaLN_modulation.1.weight"),
            ("time_caption_embed.caption_embedder.0.weight",),
        ),
    ),
    Mark("ernie_image", (("layers.0.adaLN_sa_ln.weight", "text_proj.weight"),)),
    Mark("anima", (("llm_adapter.blocks.0.self_attn.q_proj.weight", "blocks.0.self_attn.q_proj.weight"),)),
    Mark("cosmos", (("x_embedder.proj.1.weight",), ("time_embed.t_embedder.linear_1.weight",))),
    Mark(
        "auraflow",
        (("double_layers.0.attn.w1q.weight",), ("joint_transformer_blocks.0.attn.add_q_proj.weight",)),
    ),
    Mark("hidream", (("double_stream_blocks.0.block.adaLN_modulation.1.weight",),)),
    Mark("sana", (("blocks.0.cross_attn.q_linear.weight", "blocks.0.mlp.point_conv.conv.weight"),)),
    Mark("pixart", (("blocks.0.cross_attn.q_linear.weight", "t_block.1.weight"), ("adaln_single.linear.weight",))),
    Mark("hunyuan_dit", (("mlp_t5.0.weight",),)),
    Mark("wan", (("head.modulation",), ("condition_embedder.time_proj.weight",))),
    Mark("ltx_video", (("patchify_proj.weight",),)),
    Mark("mochi", (("t5_yproj.weight",),)),
    Mark("stable_cascade", (("clip_txt_mapper.weight",), ("down_blocks.1.0.channelwise.0.weight",))),
    Mark("sdxl", (("add_embedding.linear_1.weight", "up_blocks.0.resnets.0.conv1.weight"),)),
    Mark("sdxl", (("input_blocks.0.0.weight", "label_emb.0.0.weight"),)),
    Mark("sd", (("conv_in.weight", "time_embedding.linear_1.weight", "up_blocks.0.resnets.0.conv1.weight"),)),
    Mark("sd", (("input_blocks.0.0.weight", "time_embed.0.weight"),)),
)

# Weights that are neither checkpoints nor parts nor adapters that the studio knows, and what they are.
OTHERS: tuple[tuple[str, str, str], ...] = (
    # kind, regular expression that a tensor's name matches, what it is
    ("motion", r"\.motion_modules\.\d+\.", "a motion module of AnimateDiff, for videos"),
    ("controlnet", r"^lora_controlnet$", "a Control-LoRA"),
    ("controlnet", r"^(adapter\.)?(body\.\d+\.(in_conv|resnets\.0\.block1|block1)\.weight)$", "a T2I-Adapter"),
    ("controlnet", r"^control_layers\.\d+\.|^control_all_x_embedder\.", "a ControlNet of Z-Image"),
    ("preview", r"^(taesd_|encoder\.|decoder\.)?(layers\.)?\d+\.conv\.0\.weight$", "a decoder for previews"),
)

# Upscaler networks beside those whose factor is read from the header, by a tensor that only they have.
UPSCALERS: tuple[tuple[str, str], ...] = (
    ("swin", r"^(params(_ema)?\.)?layers\.\d+\.(residual_group|swin\d)\."),
    ("dat", r"^(params(_ema)?\.)?before_RG\.1\.weight$"),
    ("span", r"^(params(_ema)?\.)?block_1\.c1_r\."),
    ("plksr", r"^(params(_ema)?\.)?feats\.0\.weight$"),
    ("omni_sr", r"^(params(_ema)?\.)?residual_layer\.0\.residual_layer\."),
    ("esrgan", r"^(params(_ema)?\.)?(model\.0\.weight|model\.1\.sub\.0\.|conv_first\.weight|body\.0\.)"),
)

# Text encoders, by the width of their vectors.
T5_WORDS = ("shared.weight", "encoder.embed_tokens.weight")
T5_LAYER = "encoder.block.0.layer.0.SelfAttention.q.weight"
CLIP_WORDS = "text_model.embeddings.token_embedding.weight"
OPEN_CLIP_LAYER = "transformer.resblocks.0.attn.in_proj_weight"
CLIP_SIZES: Mapping[int, str] = {768: "clip_l", 1024: "clip_h", 1280: "clip_g"}
T5_SIZES: Mapping[int, str] = {
    512: "t5_small",
    768: "t5_base",
    1024: "t5_large",
    1472: "byt5_small",
    2048: "t5_xl",
    4096: "t5_xxl",
}
UMT5_WORDS = 250_000  # words of the multilingual T5, at least; T5 has 32,128

# Decoders that read prompts for newer families, by a tensor that only they have, then by the width of their vectors.
CHAT_PREFIXES = ("model.language_model.", "language_model.model.", "model.", "")
CHAT_WORDS = "embed_tokens.weight"
CHAT_MARKS: tuple[tuple[str, str], ...] = (
    ("gemma", "layers.0.pre_feedforward_layernorm.weight"),
    ("qwen3", "layers.0.self_attn.q_norm.weight"),
    ("qwen2", "layers.0.self_attn.k_proj.bias"),
    ("llama", "layers.0.self_attn.k_proj.weight"),
)
VISION_START = ("visual.", "model.visual.", "vision_tower.", "model.vision_tower.", "vision_model.")
CHAT_SIZES: Mapping[str, Mapping[int, str]] = {
    "gemma": {2304: "gemma2_2b", 2560: "gemma3_4b", 3840: "gemma3_12b"},
    "qwen3": {1024: "qwen3_0_6b", 2048: "qwen3_1_7b", 2560: "qwen3_4b", 4096: "qwen3_8b"},
    "qwen2": {2048: "qwen2_5_3b", 3584: "qwen2_5_7b"},
    "llama": {3072: "ministral_3b", 4096: "llama_8b", 5120: "mistral_small"},
}

# `general.architecture` of GGUF files that hold language models, text encoders among them.
GGUF_LANGUAGE = (
    *("llama", "qwen2", "qwen3", "qwen2vl", "qwen3vl", "qwen2moe", "qwen3moe", "gemma", "gemma2", "gemma3", "mistral"),
    *("mistral3", "phi2", "phi3", "falcon", "gpt2", "gptneox", "gpt-oss", "mpt", "starcoder", "starcoder2", "bloom"),
    *("stablelm", "baichuan", "deepseek", "deepseek2", "command-r", "cohere2", "glm4", "mamba", "rwkv6", "olmo2"),
)
GGUF_TEXT_ENCODERS = ("t5", "t5encoder")
GGUF_OTHERS: Mapping[str, str] = {"clip": "the image half of a language model", "bert": "a model of sentences"}

# Classes in the config.json of a folder that holds one part -> kind and architecture.
PART_CLASSES: Mapping[str, tuple[str, str]] = {
    "UNet2DConditionModel": ("denoiser", "sd"),
    "SD3Transformer2DModel": ("denoiser", "sd3"),
    "FluxTransformer2DModel": ("denoiser", "flux"),
    "Flux2Transformer2DModel": ("denoiser", "flux2"),
    "ZImageTransformer2DModel": ("denoiser", "z_image"),
    "QwenImageTransformer2DModel": ("denoiser", "qwen_image"),
    "ChromaTransformer2DModel": ("denoiser", "chroma"),
    "Krea2Transformer2DModel": ("denoiser", "krea2"),
    "ErnieImageTransformer2DModel": ("denoiser", "ernie_image"),
    "AutoencoderKL": ("vae", ""),
    "AutoencoderKLFlux2": ("vae", "kl_32"),
    "AutoencoderKLQwenImage": ("vae", "qwen_vae"),
    "AutoencoderKLWan": ("vae", "qwen_vae"),
    "AutoencoderDC": ("vae", "dc_ae"),
    "AutoencoderTiny": ("preview", ""),
    "ControlNetModel": ("controlnet", ""),
    "SD3ControlNetModel": ("controlnet", "sd3"),
    "FluxControlNetModel": ("controlnet", "flux"),
    "QwenImageControlNetModel": ("controlnet", "qwen_image"),
    "T2IAdapter": ("controlnet", ""),
    "MotionAdapter": ("motion", ""),
    "CLIPTextModel": ("text_encoder", ""),
    "CLIPTextModelWithProjection": ("text_encoder", ""),
    "T5EncoderModel": ("text_encoder", ""),
    "T5ForConditionalGeneration": ("text_encoder", ""),
    "UMT5EncoderModel": ("text_encoder", ""),
    "CLIPVisionModel": ("image_encoder", ""),
    "CLIPVisionModelWithProjection": ("image_encoder", ""),
    "SiglipVisionModel": ("image_encoder", ""),
    "CLIPModel": ("search_model", ""),
    "SiglipModel": ("search_model", ""),
}
