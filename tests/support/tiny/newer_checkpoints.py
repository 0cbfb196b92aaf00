"""Tiny checkpoints of the families whose prompts are read by large language models, with random weights."""

import torch
from diffusers import (
    AutoencoderKLFlux2,
    AutoencoderKLQwenImage,
    ChromaPipeline,
    ChromaTransformer2DModel,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    Krea2Pipeline,
    Krea2Transformer2DModel,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
)
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3VLConfig,
    Qwen3VLModel,
    T5Config,
    T5EncoderModel,
)


def flux2_pipeline(chat_tokenizer):
    """Return a tiny Flux.2 Klein that was not distilled; the prompt is what three layers of a chat model give."""
    torch.manual_seed(0)
    transformer = Flux2Transformer2DModel(
        in_channels=128,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * 16,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    ).eval()
    vae = AutoencoderKLFlux2(
        block_out_channels=(32,) * 4,
        layers_per_block=1,
        latent_channels=32,
    ).eval()
    with torch.no_grad():  # a batch norm that has seen nothing would hide a wrong scale
        vae.bn.running_mean.normal_(0, 0.3)
        vae.bn.running_var.uniform_(0.5, 2)
    reader = Qwen3Config(
        vocab_size=200,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=28,
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=16,
    )
    return Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae,
        text_encoder=Qwen3ForCausalLM(reader).eval(),
        tokenizer=chat_tokenizer,
        transformer=transformer,
    )


def _video_autoencoder():
    return AutoencoderKLQwenImage(base_dim=8, num_res_blocks=1).eval()


def _words(**more):
    return {
        "vocab_size": 200,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1000000.0},
        **more,
    }


def qwen_image_pipeline(chat_tokenizer):
    """Return a tiny Qwen-Image, whose reader of prompts could see images too."""
    torch.manual_seed(0)
    transformer = QwenImageTransformer2DModel(
        in_channels=64,
        out_channels=16,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        axes_dims_rope=(4, 6, 6),
    ).eval()
    eyes = {"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16}
    config = Qwen2_5_VLConfig(text_config=_words(num_hidden_layers=2), vision_config=eyes)
    return QwenImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=_video_autoencoder(),
        text_encoder=Qwen2_5_VLForConditionalGeneration(config).eval(),
        tokenizer=chat_tokenizer,
        transformer=transformer,
    )


def chroma_pipeline(tokenizer, vae):
    """Return a tiny Chroma, whose prompts are read by T5 alone."""
    torch.manual_seed(0)
    transformer = ChromaTransformer2DModel(
        in_channels=64,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        axes_dims_rope=(4, 6, 6),
        approximator_num_channels=8,
        approximator_hidden_dim=16,
        approximator_layers=1,
    ).eval()
    reader = T5Config(vocab_size=200, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    return ChromaPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae,
        text_encoder=T5EncoderModel(reader).eval(),
        tokenizer=tokenizer,
        transformer=transformer,
    )


def krea2_pipeline(chat_tokenizer):
    """Return a tiny Krea 2 that was not distilled; it reads two layers of a chat model."""
    torch.manual_seed(0)
    transformer = Krea2Transformer2DModel(
        in_channels=64,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=32,
        timestep_embed_dim=16,
        text_hidden_dim=16,
        num_text_layers=2,
        text_num_attention_heads=2,
        text_num_key_value_heads=2,
        text_intermediate_size=16,
        num_layerwise_text_blocks=1,
        num_refiner_text_blocks=1,
        axes_dims_rope=(4, 6, 6),
    ).eval()
    eyes = {"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16}
    config = Qwen3VLConfig(
        text_config=_words(num_hidden_layers=2, head_dim=8), vision_config={**eyes, "deepstack_visual_indexes": []}
    )
    return Krea2Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=_video_autoencoder(),
        text_encoder=Qwen3VLModel(config).eval(),
        tokenizer=chat_tokenizer,
        transformer=transformer,
        text_encoder_select_layers=(1, 2),
    )
