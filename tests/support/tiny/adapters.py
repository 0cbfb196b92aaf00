"""Extra weights for the tiny checkpoints: real files of every kind, with random numbers large enough to be seen.

Each builder writes to `path` and returns it.
"""

import diffusers
import torch
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from tests.support.tiny import checkpoints

ATTENTION = (".to_q", ".to_k", ".to_v", ".to_out.0", ".q_proj", ".v_proj", ".out_proj", ".fc1")
RANK = 4


def _layers(part):
    """Yield name and (out, in) of the linear layers of attention."""
    for name, module in part.named_modules():
        if isinstance(module, torch.nn.Linear) and name.endswith(ATTENTION):
            yield name, (module.out_features, module.in_features)


def _parts(pipe, *, text=True):
    denoiser = "unet" if hasattr(pipe, "unet") else "transformer"
    names = [denoiser, *(["text_encoder", "text_encoder_2"] if text and denoiser == "unet" else [])]
    return {name: getattr(pipe, name) for name in names if getattr(pipe, name, None) is not None}


def _pair(shape, seed, scale=0.5):
    made = torch.Generator().manual_seed(seed)
    down = torch.randn(RANK, shape[1], generator=made) * scale
    return down, torch.randn(shape[0], RANK, generator=made) * scale


def peft_lora(family, path, *, seed=1, text=True):
    """Write a LoRA under PEFT's names: unet.NAME.lora_A.weight."""
    tensors = {}
    for part, module in _parts(checkpoints.example_of(family), text=text).items():
        for number, (name, shape) in enumerate(_layers(module)):
            down, up = _pair(shape, seed * 1000 + number)
            tensors |= {f"{part}.{name}.lora_A.weight": down, f"{part}.{name}.lora_B.weight": up}
    save_file(tensors, path)
    return path


def kohya_layers(pipe, family, *, text=True):
    """Yield the name that kohya's trainer gives each layer, and the layer."""
    starts = {"unet": "unet", "text_encoder": "te" if family == "sd" else "te1", "text_encoder_2": "te2"}
    for part, module in _parts(pipe, text=text).items():
        inner = "" if part == "unet" else "text_model."
        for name, _ in _layers(module):
            key = f"lora_{starts[part]}_{inner}{name.removeprefix('text_model.')}"
            yield key.replace(".", "_"), module.get_submodule(name)


def kohya_lora(family, path, *, seed=1, text=True):
    """Write a LoRA under kohya's names, with alphas: lora_unet_NAME.lora_down.weight."""
    tensors = {}
    for number, (key, layer) in enumerate(kohya_layers(checkpoints.example_of(family), family, text=text)):
        down, up = _pair(layer.weight.shape, seed * 1000 + number)
        tensors |= {
            f"{key}.lora_down.weight": down,
            f"{key}.lora_up.weight": up,
            f"{key}.alpha": torch.tensor(RANK / 2),
        }
    save_file(tensors, path)
    return path


def embedding(family, path, *, vectors=2, seed=1):
    """Write learned vectors: `emb_params` for Stable Diffusion, `clip_l` and `clip_g` for XL."""
    made = torch.Generator().manual_seed(seed)
    widths = {"sd": {"emb_params": 32}, "sdxl": {"clip_l": 32, "clip_g": 64}}[family]
    save_file({name: torch.randn(vectors, width, generator=made) for name, width in widths.items()}, path)
    return path


def autoencoder(family, path, *, seed=5, single=False, config=None):
    """Write another autoencoder of the family: a folder, or a single file."""
    own = checkpoints.example_of(family).vae
    torch.manual_seed(seed)
    vae = diffusers.AutoencoderKL.from_config({**own.config, **(config or {})})
    if single:
        save_file(vae.state_dict(), path)
    else:
        vae.save_pretrained(path)
    return path


def controlnet(family, path, *, seed=3, single=False):
    """Write a ControlNet for the tiny checkpoint, whose zero convolutions are no longer zero."""
    pipe = checkpoints.example_of(family)
    torch.manual_seed(seed)
    if family in ("sd", "sdxl"):
        net = diffusers.ControlNetModel.from_unet(pipe.unet)
    elif family == "sd3":
        config = {name: value for name, value in pipe.transformer.config.items() if not name.startswith("_")}
        net = diffusers.SD3ControlNetModel.from_config({**config, "num_layers": 1})
    else:
        net = diffusers.FluxControlNetModel.from_transformer(
            pipe.transformer, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2
        )
    with torch.no_grad():
        for parameter in net.parameters():
            if not parameter.any():
                parameter.normal_(0, 0.2)
    if single:
        save_file({name: tensor.contiguous() for name, tensor in net.state_dict().items()}, path)
    else:
        net.save_pretrained(path)
    return path


def ip_adapter(family, path, *, seed=7):
    """Write an IP-Adapter and its image encoder: PATH/ip-adapter.safetensors and PATH/image_encoder."""
    pipe = checkpoints.example_of(family)
    torch.manual_seed(seed)
    encoder = CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=32,
            intermediate_size=37,
            num_hidden_layers=1,
            num_attention_heads=4,
            image_size=32,
            patch_size=8,
            projection_dim=32,
        )
    )
    encoder.save_pretrained(path / "image_encoder")
    cross, tokens = pipe.unet.config.cross_attention_dim, 4
    tensors = {
        "image_proj.proj.weight": torch.randn(tokens * cross, 32) * 0.3,
        "image_proj.proj.bias": torch.zeros(tokens * cross),
        "image_proj.norm.weight": torch.ones(cross),
        "image_proj.norm.bias": torch.zeros(cross),
    }
    number = 1
    for name in pipe.unet.attn_processors:
        if name.endswith("attn1.processor"):
            continue
        width = pipe.unet.get_submodule(name.removesuffix(".processor")).to_k.weight.shape[0]
        tensors[f"ip_adapter.{number}.to_k_ip.weight"] = torch.randn(width, cross) * 0.3
        tensors[f"ip_adapter.{number}.to_v_ip.weight"] = torch.randn(width, cross) * 0.3
        number += 2
    save_file(tensors, path / "ip-adapter.safetensors")
    return path


def refiner(path, *, seed=9):
    """Write a refiner as its makers do: no first text encoder, and room for the aesthetic score."""
    whole = checkpoints.example_of("sdxl")
    torch.manual_seed(seed)
    config = {**whole.unet.config, "cross_attention_dim": 64, "projection_class_embeddings_input_dim": 64 + 5 * 256}
    pipe = diffusers.StableDiffusionXLImg2ImgPipeline(
        vae=whole.vae,
        text_encoder=None,
        tokenizer=None,
        text_encoder_2=whole.text_encoder_2,
        tokenizer_2=whole.tokenizer_2,
        unet=diffusers.UNet2DConditionModel.from_config(config),
        scheduler=whole.scheduler,
        requires_aesthetics_score=True,
        force_zeros_for_empty_prompt=False,
        add_watermarker=False,
    )
    pipe.save_pretrained(path)
    return path
