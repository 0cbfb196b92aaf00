"""Tiny checkpoints with random weights, real in every other way: they draw noise, but they draw it as the large ones.

Each builder takes an empty or missing folder (or a file's path) and returns it filled; all take well under a second.
"""

from functools import cache

import torch
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    PNDMScheduler,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
)

from generation.pipelines.loading.single_file import clip_tokenizer
from tests.support.tiny import newer_checkpoints
from tests.support.tiny.ldm import to_single_file

BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
NAMES = ("prompt", "red", "heart", "a fox in the snow", "the owl at night")


def _text_encoder(kind=CLIPTextModel, act="quick_gelu", width=32):
    config = CLIPTextConfig(
        vocab_size=49408,
        hidden_size=width,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=1,
        projection_dim=width,
        hidden_act=act,
        bos_token_id=49406,
        eos_token_id=49407,
    )
    return kind(config).eval()


def autoencoder(channels=4, scaling=0.18215, shift=None, levels=4, **more):
    """Return a tiny autoencoder."""
    # Four levels: latents eight times smaller, as in every checkpoint the site knows.
    return AutoencoderKL(
        block_out_channels=(32,) * levels,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        layers_per_block=1,
        latent_channels=channels,
        scaling_factor=scaling,
        shift_factor=shift,
        **more,
    ).eval()


def sd_pipeline():
    """Return a tiny Stable Diffusion 1."""
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=64,
        block_out_channels=(32, 64),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=2,
        cross_attention_dim=32,
        attention_head_dim=8,
    ).eval()
    return StableDiffusionPipeline(
        vae=autoencoder(),
        text_encoder=_text_encoder(),
        tokenizer=clip_tokenizer(),
        unet=unet,
        scheduler=PNDMScheduler(**BETAS, skip_prk_steps=True, set_alpha_to_one=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def sdxl_pipeline():
    """Return a tiny Stable Diffusion XL."""
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(32, 64),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2),
        layers_per_block=2,
        cross_attention_dim=32 + 64,
        attention_head_dim=(1, 1),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=64 + 6 * 256,
    ).eval()
    return StableDiffusionXLPipeline(
        vae=autoencoder(scaling=0.13025, force_upcast=True),
        text_encoder=_text_encoder(),
        text_encoder_2=_text_encoder(CLIPTextModelWithProjection, "gelu", 64),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(pad="!"),
        unet=unet,
        scheduler=EulerDiscreteScheduler(**BETAS, timestep_spacing="leading"),
        add_watermarker=False,
    )


def sd3_pipeline():
    """Return a tiny Stable Diffusion 3 without its third text encoder, as many people run it.

    Two layers, because the last one takes no residual of a ControlNet.
    """
    torch.manual_seed(0)
    transformer = SD3Transformer2DModel(
        sample_size=32,
        in_channels=16,
        out_channels=16,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=32 + 64,
        caption_projection_dim=32,
        pooled_projection_dim=32 + 64,
        pos_embed_max_size=32,
    ).eval()
    return StableDiffusion3Pipeline(
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=autoencoder(16, 1.5305, 0.0609, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=_text_encoder(CLIPTextModelWithProjection),
        tokenizer=clip_tokenizer(),
        text_encoder_2=_text_encoder(CLIPTextModelWithProjection, "gelu", 64),
        tokenizer_2=clip_tokenizer(pad="!"),
        text_encoder_3=None,
        tokenizer_3=None,
    )


def flux_pipeline():
    """Return a tiny Flux."""
    torch.manual_seed(0)
    transformer = FluxTransformer2DModel(
        in_channels=64,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        guidance_embeds=True,
        axes_dims_rope=(4, 6, 6),
    ).eval()
    return FluxPipeline(
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=autoencoder(16, 0.3611, 0.1159, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=_text_encoder(),
        tokenizer=clip_tokenizer(),
        text_encoder_2=T5EncoderModel(
            T5Config(vocab_size=200, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
        ).eval(),
        tokenizer_2=trained_tokenizer(),
    )


def z_image_pipeline():
    """Return a tiny Z-Image, whose prompts are read by a chat model."""
    torch.manual_seed(0)
    transformer = ZImageTransformer2DModel(
        in_channels=16,
        dim=32,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=32,
        axes_dims=[4, 6, 6],
        axes_lens=[1024, 64, 64],
    ).eval()
    reader = Qwen3Config(
        vocab_size=200,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
    )
    return ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=autoencoder(16, 0.3611, 0.1159, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=Qwen3Model(reader).eval(),
        tokenizer=_chat_tokenizer(),
        transformer=transformer,
    )


def _chroma_autoencoder():
    torch.manual_seed(0)
    return autoencoder(16, 0.3611, 0.1159, use_quant_conv=False, use_post_quant_conv=False)


def _chat_tokenizer():
    tokenizer = trained_tokenizer()
    tokenizer.model_max_length = 1024
    tokenizer.chat_template = (
        "{% for message in messages %}{{ message['role'] }} {{ message['content'] }} </s> {% endfor %}assistant"
    )
    return tokenizer


def trained_tokenizer():
    """Return a tokenizer of a few words, with a word that starts, one that ends, and padding."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(
        NAMES, trainers.BpeTrainer(vocab_size=200, special_tokens=["<pad>", "</s>", "<unk>"], show_progress=False)
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=64
    )


PIPELINES = {
    "sd": sd_pipeline,
    "sdxl": sdxl_pipeline,
    "sd3": sd3_pipeline,
    "flux": flux_pipeline,
    "z_image": z_image_pipeline,
    "flux2": lambda: newer_checkpoints.flux2_pipeline(_chat_tokenizer()),
    "qwen_image": lambda: newer_checkpoints.qwen_image_pipeline(_chat_tokenizer()),
    "chroma": lambda: newer_checkpoints.chroma_pipeline(trained_tokenizer(), _chroma_autoencoder()),
    "krea2": lambda: newer_checkpoints.krea2_pipeline(_chat_tokenizer()),
}


@cache
def example_of(family):
    """Return a tiny pipeline of `family` to be read and saved, never changed: all of a process share it."""
    return PIPELINES[family]()


def save_folder(family, folder):
    """Write a tiny checkpoint of `family` as a diffusers folder and return the folder."""
    example_of(family).save_pretrained(folder)
    return folder


def save_single_file(family, path):
    """Write a tiny checkpoint of `family` ("sd" or "sdxl") as the single file its makers publish; return the path."""
    save_file(to_single_file(example_of(family)), path, metadata={"format": "pt"})
    return path
