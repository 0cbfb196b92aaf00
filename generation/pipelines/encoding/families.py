"""Table of the families' prompt encoders and of the form of their denoisers' conditioning."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from generation.parameters.prompts import Piece
from generation.pipelines.encoding.chat_template import encode_z_image
from generation.pipelines.encoding.clip import encode_sd, encode_sdxl, fits_clip
from generation.pipelines.encoding.native_encoders import encode_flux, encode_sd3
from generation.pipelines.encoding.tensors import Encoded

Encode = Callable[[Any, Sequence[Piece], int], Encoded]


@dataclass(frozen=True)
class Kind:
    """How one family encodes prompts.

    `encode` takes a pipeline, the pieces of a text and `clip_skip`. `fits` returns whether the pipeline's own encoding
    reads as much of a text as `encode` does; None: always. `clip_skip`: it has an effect. `chunked`: longer texts have
    more tokens. `apart`: the denoiser is called for the prompt first and then for the negative one, not for both at
    once. `pooled` is the path to the pooled text in the denoiser's keyword arguments. `listed`: texts are passed as a
    list, each of its own length.
    """

    key: str
    encode: Encode
    fits: Callable[[Any, str], bool] | None = None
    clip_skip: bool = True
    chunked: bool = False
    apart: bool = False
    pooled: tuple[str, ...] = ()
    listed: bool = False


_SD = Kind("sd", encode_sd, fits_clip, chunked=True)
_SDXL = Kind("sdxl", encode_sdxl, fits_clip, chunked=True, pooled=("added_cond_kwargs", "text_embeds"))
_SD3 = Kind("sd3", encode_sd3, pooled=("pooled_projections",))
_FLUX = Kind("flux", encode_flux, clip_skip=False, apart=True, pooled=("pooled_projections",))
_Z_IMAGE = Kind("z_image", encode_z_image, clip_skip=False, listed=True)

# By the denoiser's class, because a family has one denoiser and many pipeline classes; for UNets see below.
_BY_DENOISER: Mapping[str, Kind] = MappingProxyType(
    {"SD3Transformer2DModel": _SD3, "FluxTransformer2DModel": _FLUX, "ZImageTransformer2DModel": _Z_IMAGE}
)


def get_encoder_kind(pipe: Any) -> Kind:
    """Return how the family of `pipe`, a pipeline of any task, encodes prompts."""
    if getattr(pipe, "unet", None) is not None:
        return _SDXL if hasattr(pipe, "tokenizer_2") else _SD
    return _BY_DENOISER[type(pipe.transformer).__name__]


def get_denoiser(pipe: Any) -> Any:
    """Return the network that is called for every step."""
    unet = getattr(pipe, "unet", None)
    return pipe.transformer if unet is None else unet
