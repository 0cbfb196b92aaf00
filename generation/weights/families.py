"""Tensor names that identify checkpoints in single files, those of no family included, and marks of pickles.

Data and look-ups only, without torch: the admin inspects checkpoints with them.
"""

from collections.abc import Container, Mapping

from generation.families import FAMILIES, fingerprints
from generation.families.record import Fingerprint

# First bytes of pickles: the opcodes of protocols 2 to 5, and the zip or gzip archives around one.
PICKLE_STARTS: tuple[bytes, ...] = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04", b"\x1f\x8b")
PICKLE_SUFFIXES: frozenset[str] = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"})

# Parts of each flow family beside its denoiser, as people know them: its files often come without.
PARTS: Mapping[str, str] = {key: one.names.beside for key, one in FAMILIES.items() if one.names.beside}

# Looked at after those of the families, because some complete files have these tensors too.
_OF_NO_FAMILY: tuple[Fingerprint, ...] = (
    Fingerprint(
        "sdxl refiner",
        "conditioner.embedders.0.model.ln_final.weight",
        refusal="it is the refiner of Stable Diffusion XL, which cannot generate images by itself",
    ),
    Fingerprint(
        "unet alone",
        "model.diffusion_model.input_blocks.0.0.weight",
        refusal="it holds a denoiser without its text encoder",
    ),
    Fingerprint(
        "lora",
        "lora_unet_mid_block_attentions_0_proj_in.lora_down.weight",
        refusal="it is a LoRA, which modifies a checkpoint and cannot generate images by itself",
    ),
    Fingerprint("controlnet", "control_model.input_hint_block.0.weight", refusal="it is a ControlNet"),
)


def find_fingerprint(names: Container[str]) -> Fingerprint | None:
    """Return the first fingerprint whose tensor is among `names`; None for an unknown kind of file."""
    return next((mark for mark in (*fingerprints(), *_OF_NO_FAMILY) if mark.marker in names), None)
