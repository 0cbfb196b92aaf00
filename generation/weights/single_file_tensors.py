"""Tensors that a single file of Stable Diffusion 1, 2 or XL must hold, by part, as their makers name them.

The one description of such files: inspections compare headers with it, and the loader takes names and shapes from it.
What shapes do not tell (heads, activation, scaling of latents) is the same for every checkpoint of a kind, in `KINDS`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generation.weights.safetensors_header import Header

UNET = "model.diffusion_model."
VAE = "first_stage_model."
BLOCKS_A_LEVEL = 2  # residual blocks of a level, in every published kind; the third block of a level halves the size


@dataclass(frozen=True)
class Names:
    """Names of a text encoder's tensors, without their common prefix; `block`: those of one layer."""

    layers: str
    words: str
    position: str
    wide: str
    act: str
    block: tuple[str, ...]
    last: str


CLIP = Names(
    layers="encoder.layers.",
    words="embeddings.token_embedding.weight",
    position="embeddings.position_embedding.weight",
    wide="encoder.layers.0.mlp.fc1.weight",
    act="quick_gelu",
    block=(
        "layer_norm1",
        "layer_norm2",
        "mlp.fc1",
        "mlp.fc2",
        *(f"self_attn.{one}_proj" for one in ("q", "k", "v", "out")),
    ),
    last="final_layer_norm",
)
OPEN_CLIP = Names(
    layers="transformer.resblocks.",
    words="token_embedding.weight",
    position="positional_embedding",
    wide="transformer.resblocks.0.mlp.c_fc.weight",
    act="gelu",
    block=("ln_1", "ln_2", "mlp.c_fc", "mlp.c_proj", "attn.out_proj"),
    last="ln_final",
)


@dataclass(frozen=True)
class Encoder:
    """One text encoder: the pipeline part it becomes and the prefix of its tensors' names.

    `older_start` is the prefix that older files use instead.
    """

    part: str
    class_name: str
    start: str
    names: Names
    dropped_layers: int = 0
    projects: bool = False
    older_start: str = ""

    def is_older(self, header: Header) -> bool:
        """Return whether the file uses `older_start`."""
        return bool(self.older_start) and f"{self.start}{self.names.words}" not in header.shapes


@dataclass(frozen=True)
class Kind:
    """Properties of a kind of checkpoint that the shapes in a file do not tell."""

    encoders: tuple[Encoder, ...]
    scaling_factor: float
    heads: int | None  # of every attention; None: one for each 64 channels
    linear: bool
    force_upcast: bool = False


_OLD_CLIP = "cond_stage_model.transformer."

KINDS: Mapping[str, Kind] = {
    "sd1": Kind(
        (Encoder("text_encoder", "CLIPTextModel", f"{_OLD_CLIP}text_model.", CLIP, older_start=_OLD_CLIP),),
        0.18215,
        heads=8,
        linear=False,
    ),
    # Version 2 was trained on the text encoder's last layer but one, so its last layer is never run.
    "sd2": Kind(
        (Encoder("text_encoder", "CLIPTextModel", "cond_stage_model.model.", OPEN_CLIP, dropped_layers=1),),
        0.18215,
        heads=None,
        linear=True,
    ),
    "sdxl": Kind(
        (
            Encoder("text_encoder", "CLIPTextModel", "conditioner.embedders.0.transformer.text_model.", CLIP),
            Encoder(
                "text_encoder_2",
                "CLIPTextModelWithProjection",
                "conditioner.embedders.1.model.",
                OPEN_CLIP,
                projects=True,
            ),
        ),
        0.13025,
        heads=None,
        linear=True,
        force_upcast=True,
    ),
}


def needed_tensors(header: Header, kind: Kind) -> dict[str, list[str]]:
    """Return the names of the tensors that the loader needs, by part: denoiser, autoencoder, text encoders.

    Depths are taken from the header, so what is missing is a hole inside a part, or a whole part.
    """
    parts = {"denoiser": list(_denoiser(header, kind)), "autoencoder": list(autoencoder_tensors(header))}
    for encoder in kind.encoders:
        parts[encoder.part.replace("_", " ")] = list(_text_encoder(header, encoder))
    return parts


def levels(header: Header) -> range:
    """Return the numbers of the first input block of each level of the denoiser."""
    return range(1, header.layers(f"{UNET}input_blocks."), BLOCKS_A_LEVEL + 1)


def depth(header: Header, block: str) -> int:
    """Return the number of transformer blocks in the attention of a denoiser's block ("input_blocks.1")."""
    return header.layers(f"{UNET}{block}.1.transformer_blocks.")


def _pair(name: str) -> tuple[str, str]:
    return f"{name}.weight", f"{name}.bias"


def _changes_width(header: Header, name: str) -> bool:
    shape = header.shapes.get(f"{name}.weight", ())
    return len(shape) > 1 and shape[0] != shape[1]


def _denoiser(header: Header, kind: Kind) -> Iterator[str]:
    step = BLOCKS_A_LEVEL + 1
    depths = [depth(header, f"input_blocks.{first}") for first in levels(header)] or [0]
    last = step * len(depths) - 1
    outer = ["time_embed.0", "time_embed.2", "input_blocks.0.0", "out.0", "out.2"]
    for name in [*outer, *(["label_emb.0.0", "label_emb.0.2"] if len(kind.encoders) > 1 else [])]:
        yield from _pair(UNET + name)
    for number in range(1, last + 1):
        block = f"{UNET}input_blocks.{number}"
        if number % step == 0:
            yield from _pair(f"{block}.0.op")
        else:
            yield from _residual(header, f"{block}.0")
            yield from _attention(f"{block}.1", depths[number // step])
    yield from _residual(header, f"{UNET}middle_block.0")
    yield from _attention(f"{UNET}middle_block.1", max(1, depths[-1]))
    yield from _residual(header, f"{UNET}middle_block.2")
    for number in range(last + 1):
        block, here = f"{UNET}output_blocks.{number}", depths[len(depths) - 1 - number // step]
        yield from _residual(header, f"{block}.0")
        yield from _attention(f"{block}.1", here)
        if number % step == BLOCKS_A_LEVEL and number < last:
            yield from _pair(f"{block}.{2 if here else 1}.conv")


def _residual(header: Header, name: str) -> Iterator[str]:
    for part in ("in_layers.0", "in_layers.2", "emb_layers.1", "out_layers.0", "out_layers.3"):
        yield from _pair(f"{name}.{part}")
    if _changes_width(header, f"{name}.in_layers.2"):
        yield from _pair(f"{name}.skip_connection")


def _attention(name: str, blocks: int) -> Iterator[str]:
    for part in ("norm", "proj_in", "proj_out") if blocks else ():
        yield from _pair(f"{name}.{part}")
    for number in range(blocks):
        inner = f"{name}.transformer_blocks.{number}"
        for part in ("norm1", "norm2", "norm3", "ff.net.0.proj", "ff.net.2", "attn1.to_out.0", "attn2.to_out.0"):
            yield from _pair(f"{inner}.{part}")
        for attention in ("attn1", "attn2"):
            yield from (f"{inner}.{attention}.to_{one}.weight" for one in "qkv")


def autoencoder_tensors(header: Header, prefix: str = VAE) -> Iterator[str]:
    """Yield the names of the tensors of an autoencoder whose names start with `prefix`.

    Those of Stable Diffusion 3, Flux and Z-Image have no `quant_conv`, and 16 channels.
    """
    count = max(1, header.layers(f"{prefix}encoder.down."))
    blocks = max(1, header.layers(f"{prefix}encoder.down.0.block."))
    if header.shapes.get(f"{prefix}decoder.conv_in.weight", (0, 4))[1:2] == (4,):
        yield from _pair(f"{prefix}quant_conv")
        yield from _pair(f"{prefix}post_quant_conv")
    for half, side, change, kept in (("encoder", "down", "downsample", count - 1), ("decoder", "up", "upsample", 0)):
        start = f"{prefix}{half}"
        for name in (
            "conv_in",
            "norm_out",
            "conv_out",
            *(f"mid.attn_1.{one}" for one in ("norm", "q", "k", "v", "proj_out")),
        ):
            yield from _pair(f"{start}.{name}")
        names = [f"mid.block_{number}" for number in (1, 2)]
        for level in range(count):
            names += [f"{side}.{level}.block.{number}" for number in range(blocks + (half == "decoder"))]
            if level != kept:
                yield from _pair(f"{start}.{side}.{level}.{change}.conv")
        for name in names:
            for part in ("norm1", "conv1", "norm2", "conv2"):
                yield from _pair(f"{start}.{name}.{part}")
            if _changes_width(header, f"{start}.{name}.conv1"):
                yield from _pair(f"{start}.{name}.nin_shortcut")


def lost_tensors(header: Header, prefix: str) -> list[str]:
    """Return the tensors that a file of an autoencoder lacks; files with diffusers' names are not compared."""
    if any(".down_blocks." in name for name in header.shapes):
        return []
    return [name for name in autoencoder_tensors(header, prefix) if name not in header.shapes]


def _text_encoder(header: Header, encoder: Encoder) -> Iterator[str]:
    start, names = encoder.older_start if encoder.is_older(header) else encoder.start, encoder.names
    yield from (f"{start}{names.words}", f"{start}{names.position}")
    yield from _pair(f"{start}{names.last}")
    if encoder.projects:
        yield f"{start}text_projection"
    for number in range(max(1, header.layers(f"{start}{names.layers}"))):
        layer = f"{start}{names.layers}{number}"
        for part in names.block:
            yield from _pair(f"{layer}.{part}")
        if names is OPEN_CLIP:
            yield from (f"{layer}.attn.in_proj_weight", f"{layer}.attn.in_proj_bias")
