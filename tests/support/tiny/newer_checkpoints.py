"""Tiny checkpoints of the families whose prompts are read by large language models, with random weights."""

import torch
from diffusers import (
    AutoencoderKLFlux2,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
)
from transformers import Qwen3Config, Qwen3ForCausalLM


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
