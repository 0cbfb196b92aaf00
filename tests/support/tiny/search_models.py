"""Tiny CLIP and SigLIP models with random weights, in the folders that such models are published in."""

import json

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import CLIPConfig, CLIPModel, PreTrainedTokenizerFast, SiglipConfig, SiglipModel

_SIDE = 16
_WORDS = ("a", "red", "blue", "green", "square", "fox", "image")
_PART = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
_TEXT = {**_PART, "vocab_size": len(_WORDS) + 3, "max_position_embeddings": 12}
_VISION = {**_PART, "image_size": _SIDE, "patch_size": 8}


def save_clip(folder, *, seed=0, dimensions=8):
    """Write a CLIP model with random weights into `folder` and return it."""
    torch.manual_seed(seed)
    text = {**_TEXT, "eos_token_id": 2, "bos_token_id": 1, "pad_token_id": 0}
    config = CLIPConfig(text_config=text, vision_config=_VISION, projection_dim=dimensions)
    return _save(CLIPModel(config), "CLIPImageProcessor", folder)


def save_siglip(folder, *, seed=0):
    """Write a SigLIP model with random weights into `folder` and return it; its vectors have 16 numbers."""
    torch.manual_seed(seed)
    config = SiglipConfig(text_config={**_TEXT, "projection_size": 16}, vision_config=_VISION)
    return _save(SiglipModel(config), "SiglipImageProcessor", folder)


def _save(model, processor, folder):
    with torch.no_grad():
        for parameter in model.parameters():  # as initialized, all images would look alike to it
            parameter.add_(torch.randn_like(parameter) * 0.3)
    model.save_pretrained(folder)
    size = {"height": _SIDE, "width": _SIDE}
    prepared = {"do_resize": True, "size": size, "do_center_crop": False, "do_rescale": True, "do_normalize": True}
    means = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"image_processor_type": processor, **prepared, **means})
    )
    words = {word: at for at, word in enumerate(("<pad>", "<start>", "<end>", *_WORDS))}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing("<start> $A <end>", None, [("<start>", 1), ("<end>", 2)])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>").save_pretrained(folder)
    return folder
