"""Table of prompt encoders, and which of them the family of a pipeline has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from generation.families import FAMILIES, family_of_class
from generation.families.record import GuidanceKind, Prompts
from generation.parameters.prompts import Piece, PromptRefused
from generation.pipelines.encoding.chat_template import encode_klein, encode_z_image
from generation.pipelines.encoding.clip import encode_sd, encode_sdxl, fits_clip
from generation.pipelines.encoding.native_encoders import encode_flux, encode_sd3
from generation.pipelines.encoding.tensors import Encoded

Encode = Callable[[Any, Sequence[Piece], int], Encoded]


@dataclass(frozen=True)
class Encoder:
    """How texts become embeddings.

    `encode` takes a pipeline, the pieces of a text and `clip_skip`. `fits` returns whether the pipeline's own encoding
    reads as much of a text as `encode` does; None: always.
    """

    encode: Encode
    fits: Callable[[Any, str], bool] | None = None


def _refuse(pipe: Any, pieces: Sequence[Piece], clip_skip: int) -> Encoded:
    """Refuse a text that the pipeline itself cannot encode.

    Raises:
        PromptRefused: always.
    """
    raise PromptRefused("this checkpoint reads plain text")


PLAIN = "plain"  # see plain_text.py
# By the name that records give.
ENCODERS: Mapping[str, Encoder] = MappingProxyType(
    {
        PLAIN: Encoder(_refuse),
        "clip": Encoder(encode_sd, fits_clip),
        "clip_pair": Encoder(encode_sdxl, fits_clip),
        "clip_t5": Encoder(encode_sd3),
        "t5": Encoder(encode_flux),
        "chat": Encoder(encode_z_image),
        "chat_layers": Encoder(encode_klein),
    }
)


@dataclass(frozen=True)
class Kind:
    """How the family `key` encodes prompts: what its record says, and the functions of its encoder."""

    key: str
    guidance: GuidanceKind
    prompts: Prompts
    fits: Callable[[Any, str], bool] | None
    encode: Encode


def get_encoder_kind(pipe: Any) -> Kind:
    """Return how the family of `pipe`, a pipeline of any task, encodes prompts."""
    key = family_of_class(type(pipe).__name__)
    family = FAMILIES[key]
    encoder = ENCODERS[family.prompts.encoder]
    return Kind(key, family.guidance, family.prompts, encoder.fits, encoder.encode)


def get_denoiser(pipe: Any) -> Any:
    """Return the network that is called for every step."""
    unet = getattr(pipe, "unet", None)
    return pipe.transformer if unet is None else unet
