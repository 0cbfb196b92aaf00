"""Variants of a single-file checkpoint as they are published: stored otherwise, trained otherwise, incomplete.

Each function takes the tensors of a complete file and returns those of the variant.
"""

import torch

UNET, VAE = "model.diffusion_model.", "first_stage_model."
ENTRANCE = f"{UNET}input_blocks.0.0.weight"
OLD_TEXT, NEW_TEXT = "cond_stage_model.transformer.", "cond_stage_model.transformer.text_model."


def cast(dtype):
    return lambda tensors: {name: one.to(dtype) for name, one in tensors.items()}


def scaled(ending="scale_weight", rows=False):
    """Store the denoiser's matrices as float8 times 64, with the scale beside them."""

    def store(tensors):
        stored = {}
        for name, one in tensors.items():
            if name.startswith(UNET) and one.ndim == 2 and name.endswith(".weight"):
                stored[name] = (one * 64).to(torch.float8_e4m3fn)
                stored[name.removesuffix("weight") + ending] = torch.full((len(one), 1) if rows else (), 1 / 64)
            else:
                stored[name] = one.half()
        return stored | {"scaled_fp8": torch.zeros(0, dtype=torch.float8_e4m3fn)}

    return store


def without(*starts):
    return lambda tensors: {name: one for name, one in tensors.items() if not name.startswith(starts)}


def with_more(**more):
    return lambda tensors: tensors | more


def channels(number):
    """Give the denoiser `number` input channels."""

    def widen(tensors):
        own = tensors[ENTRANCE]
        more = torch.randn(own.shape[0], number - own.shape[1], 3, 3) * 0.1
        return tensors | {ENTRANCE: torch.cat([own, more], 1)}

    return widen


def older_text_names(tensors):
    return {
        name.replace(NEW_TEXT, OLD_TEXT) if name.startswith(NEW_TEXT) else name: one for name, one in tensors.items()
    }


def packed(tensors):
    name = f"{UNET}middle_block.0.in_layers.2.weight"
    return tensors | {name: torch.zeros(tensors[name].shape, dtype=torch.int8)}


LAYER = f"{UNET}output_blocks.0.0.emb_layers.1"
# By name: the variant, and what the scan says of it; None where it is taken.
VARIANTS = {
    "complete": (lambda tensors: tensors, None),
    "half": (cast(torch.float16), None),
    "float8": (cast(torch.float8_e4m3fn), None),
    "scaled": (scaled(), None),
    "scaled in rows": (scaled("weight_scale", rows=True), None),
    "inpainting": (channels(9), None),
    "v-prediction": (with_more(v_pred=torch.zeros(0), ztsnr=torch.zeros(0)), None),
    "editing": (channels(8), "editing"),
    "no autoencoder": (without(VAE), "without its autoencoder"),
    "half an autoencoder": (without(f"{VAE}decoder."), "tensors of its autoencoder"),
    "no denoiser": (without(UNET), "without a denoiser"),
    "a hole in the denoiser": (without(LAYER), "tensors of its denoiser"),
    "one layer more": (with_more(**{f"{UNET}middle_block.3.proj_in.weight": torch.zeros(4, 4)}), "layers that no"),
    "EDM": (with_more(**{"edm_vpred.sigma_max": torch.tensor(120.0)}), "EDM"),
    "integers": (packed, "stored as I8"),
    "bitsandbytes": (with_more(**{f"{LAYER}.weight.absmax": torch.zeros(4)}), "bitsandbytes"),
    "scales of blocks": (with_more(**{f"{LAYER}.weight_scale": torch.zeros(4, 2)}), "scaled"),
    "scales lost": (with_more(scaled_fp8=torch.zeros(0)), "scales are missing"),
}
