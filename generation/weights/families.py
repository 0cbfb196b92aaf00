"""Tables of pipeline classes by family, and of the tensor names that identify single-file checkpoints.

Data and look-ups only, without torch: the admin inspects checkpoints with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from generation.parameters.catalog import FAMILIES

# Checkpoints trained for inpainting name the inpaint class.
CLASS_FAMILIES: Mapping[str, str] = {
    family.tasks[task]: family.key for task in ("text_to_image", "inpaint") for family in FAMILIES.values()
}

# First bytes of pickles: the opcodes of protocols 2 to 5, and the zip or gzip archives around one.
PICKLE_STARTS: tuple[bytes, ...] = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04", b"\x1f\x8b")
PICKLE_SUFFIXES: frozenset[str] = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"})


def family_of_class(class_name: str) -> str:
    """Return the family of a diffusers pipeline class.

    Raises:
        KeyError: no family has that class.
    """
    return CLASS_FAMILIES[class_name]


@dataclass(frozen=True)
class Fingerprint:
    """Identification of one kind of single file by the tensor name `marker`.

    `family` is empty for known but unsupported kinds; `refusal` then says why.
    """

    kind: str
    marker: str
    family: str = ""
    refusal: str = ""


# Parts of each flow family beside its denoiser, as people know them: its files often come without.
PARTS: Mapping[str, str] = {
    "flux": "CLIP-L, T5 XXL and an autoencoder with 16 channels",
    "sd3": "CLIP-L, CLIP-G and an autoencoder with 16 channels",
    "z_image": "Qwen3 4B and an autoencoder with 16 channels",
}

_UNET = "model.diffusion_model."

# The first match counts, so more specific kinds come first.
FINGERPRINTS: tuple[Fingerprint, ...] = (
    Fingerprint("sdxl", "conditioner.embedders.1.model.ln_final.weight", "sdxl"),
    Fingerprint(
        "sdxl refiner",
        "conditioner.embedders.0.model.ln_final.weight",
        refusal="it is the refiner of Stable Diffusion XL, which cannot generate images by itself",
    ),
    Fingerprint("sd2", "cond_stage_model.model.ln_final.weight", "sd"),
    Fingerprint("sd1", "cond_stage_model.transformer.text_model.final_layer_norm.weight", "sd"),
    Fingerprint("sd1", "cond_stage_model.transformer.final_layer_norm.weight", "sd"),
    Fingerprint(
        "unet alone",
        f"{_UNET}input_blocks.0.0.weight",
        refusal="it holds a denoiser without its text encoder",
    ),
    Fingerprint(
        "sd3",
        f"{_UNET}joint_blocks.0.context_block.attn.qkv.weight",
        refusal="single files of Stable Diffusion 3 lack parts; add it as a folder in diffusers format or a Hub id",
    ),
    Fingerprint(
        "flux",
        f"{_UNET}double_blocks.0.img_attn.qkv.weight",
        refusal="single files of Flux lack parts; add it as a folder in diffusers format or a Hub id",
    ),
    Fingerprint(
        "flux",
        "double_blocks.0.img_attn.qkv.weight",
        refusal="single files of Flux lack parts; add it as a folder in diffusers format or a Hub id",
    ),
    Fingerprint(
        "z_image",
        f"{_UNET}cap_embedder.0.weight",
        refusal="single files of Z-Image lack parts; add it as a folder in diffusers format or a Hub id",
    ),
    Fingerprint(
        "z_image",
        "cap_embedder.0.weight",
        refusal="single files of Z-Image lack parts; add it as a folder in diffusers format or a Hub id",
    ),
    Fingerprint(
        "lora",
        "lora_unet_mid_block_attentions_0_proj_in.lora_down.weight",
        refusal="it is a LoRA, which modifies a checkpoint and cannot generate images by itself",
    ),
    Fingerprint("controlnet", "control_model.input_hint_block.0.weight", refusal="it is a ControlNet"),
)
