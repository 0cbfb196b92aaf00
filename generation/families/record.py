"""Record of a model family: every fact about an architecture that the site reads, as plain data.

The web process imports this, so it names classes of diffusers and does not import them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

# How a family follows the prompt: "cfg" calls the denoiser with the prompt and with the negative prompt and goes on
# from one to the other; "embedded" hands the scale to a distilled denoiser as a number; "true_cfg" is "cfg" under
# diffusers' other name for the scale; "none" has no scale.
GuidanceKind = Literal["cfg", "embedded", "true_cfg", "none"]
# How an autoencoder's latents come to the denoiser's scale: by a factor and a shift of its config, by a mean and a
# deviation for each channel there, or by the running statistics of its batch norm over squares of 2 x 2.
Normalisation = Literal["scaling", "statistics", "batch_norm"]


@dataclass(frozen=True)
class Latents:
    """Form of a family's latents.

    `channels` are the autoencoder's; it makes one latent pixel of `pixels` x `pixels`. `patch`: side in latent pixels
    of the square that one token stands for, 1 where latents are no rows of tokens. `patched_noise`: the noise is drawn
    in squares already, in another order of its numbers. `frames`: the autoencoder has an axis for frames. `finished`:
    pipelines that end with latents return them at the autoencoder's scale and without tokens. `single`: in single
    precision, whatever the weights' dtype. `overflows`: the autoencoder may not compute in half precision.
    `autoencoder`: its class. `config`: what shapes do not tell of it, for those in a file of their own.
    """

    channels: int
    patch: int = 1
    pixels: int = 8
    normalisation: Normalisation = "scaling"
    patched_noise: bool = False
    frames: bool = False
    finished: bool = False
    single: bool = False
    overflows: bool = False
    autoencoder: str = "AutoencoderKL"
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def exchangeable(self) -> bool:
        """Return whether a checkpoint may take the autoencoder of another file."""
        return self.autoencoder == "AutoencoderKL"


@dataclass(frozen=True)
class Tokenizer:
    """The tokenizer that limits the prompt: its `folder`, and `limit` tokens without special ones.

    `chunked`: longer prompts are read in several chunks; otherwise they are cut. `clip`: the files may be missing,
    because all checkpoints of the family share CLIP's vocabulary.
    """

    folder: str
    limit: int
    chunked: bool = False
    clip: bool = False


@dataclass(frozen=True)
class Prompts:
    """How a family reads prompts.

    `encoder` is a key of `generation/pipelines/encoding/families.py`: "plain" leaves every text to the pipeline and
    knows no weights, edits or `AND`. `tokenizers`: in order of preference. `clip_skip`: it has an effect.
    `chunked`: longer texts have more tokens. `apart`: the denoiser is called for the prompt first and then for the
    negative one, not for both at once. `pooled` is the path to the pooled text in the denoiser's keyword arguments.
    `listed`: texts are passed as a list, each of its own length. `negative`: pipelines take the negative prompt as
    text; otherwise as embeddings, if guidance is on.
    """

    encoder: str
    tokenizers: tuple[Tokenizer, ...]
    clip_skip: bool = False
    chunked: bool = False
    apart: bool = False
    pooled: tuple[str, ...] = ()
    listed: bool = False
    negative: bool = True


@dataclass(frozen=True)
class Variant:
    """Checkpoints of a family that want other defaults: distilled for few steps, or the base they were made of.

    They are told by `value` of the entry `name` in the config of `part` ("" is the folder's `model_index.json`).
    """

    key: str
    label: str
    part: str
    name: str
    value: object
    steps: int
    guidance_scale: float
    guided: bool = True  # False: guidance and the negative prompt have no effect


@dataclass(frozen=True)
class Fingerprint:
    """Identification of one kind of single file by the tensor name `marker`.

    `family` is empty for known but unsupported kinds; `refusal` then says why.
    """

    kind: str
    marker: str
    family: str = ""
    refusal: str = ""


@dataclass(frozen=True)
class Names:
    """How files of a family are told by what stands in them; LoRA and others: `generation/weights/recognition`.

    `fingerprints`: of single files. `embedding`: text encoders or tensors of an embedding. `beside`: the parts that
    its files often come without, as people know them.
    """

    fingerprints: tuple[Fingerprint, ...] = ()
    embedding: tuple[str, ...] = ()
    beside: str = ""


@dataclass(frozen=True)
class Joined:
    """A part that a denoiser in a file of its own needs, and the width that fits.

    `part` is its name in the pipeline, `kind` that of shared parts. The width is the size of `axis` of the first of
    `tensors` that the denoiser has, divided by `divisor`.
    """

    part: str
    kind: str
    tensors: tuple[str, ...]
    axis: int = 1
    divisor: int = 1


@dataclass(frozen=True)
class Control:
    """ControlNets of a family: the network's class, and by task the pipeline and its argument for the map.

    `files`: single files in the layout of Stable Diffusion are read too.
    """

    network: str
    pipelines: Mapping[str, tuple[str, str]]
    files: bool = False


@dataclass(frozen=True)
class References:
    """Images beside the prompt that an edit is made of: the `most` there may be, and their largest area in pixels."""

    most: int
    area: int = 1024 * 1024


@dataclass(frozen=True)
class Family:
    """Checkpoints of one architecture, with the defaults of those that state none of their own.

    `tasks` names the diffusers class of each task. `width` and `height` are pixels and multiples of `size_multiple`;
    `least_area` and `most_area` bound the pixels at which its checkpoints work well. `batch_size` is how many images of
    that size are worth denoising together; 1 image a call where `batches` is false. `flow` families predict a velocity
    between noise and image (rectified flow); `own_levels`: their pipelines pass noise levels of their own, which some
    samplers cannot take. `features`: parameters that only some families take. `rescales`: tasks that take
    `guidance_rescale`. `aligned_levels`: noise levels of Align Your Steps (Sabour et al. 2024).

    `compiles`: the denoiser names its repeated blocks; `caches`: it takes diffusers' caches, in the tasks named.
    `parts`: of a folder, without which there are no images. `joined`: what a denoiser in a file of its
    own needs. `licences`: usual ones, keys of `licences.py`.
    """

    key: str
    label: str
    tasks: Mapping[str, str]
    denoiser: str
    latents: Latents
    prompts: Prompts
    parts: tuple[str, ...]
    size_multiple: int
    width: int
    height: int
    steps: int
    guidance_scale: float
    sampler: str
    schedule: str = "normal"
    guidance: GuidanceKind = "cfg"
    variants: tuple[Variant, ...] = ()
    least_area: int = 256 * 256
    most_area: int = 2048 * 2048
    batch_size: int = 1
    batches: bool = True
    flow: bool = True
    own_levels: bool = True
    features: frozenset[str] = frozenset()
    rescales: tuple[str, ...] = ()
    aligned_levels: tuple[float, ...] = ()
    names: Names = Names()
    joined: tuple[Joined, ...] = ()
    control: Control | None = None
    references: References | None = None
    step_callback: bool = True
    compiles: bool = True
    caches: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    note: str = ""

    @property
    def pipeline(self) -> str:
        """Return the diffusers class that its checkpoints name, the one for text to image."""
        return self.tasks["text_to_image"]

    @property
    def classes(self) -> frozenset[str]:
        """Return every diffusers class that runs its checkpoints."""
        controlled = () if self.control is None else (name for name, _ in self.control.pipelines.values())
        return frozenset((*self.tasks.values(), *controlled))

    def find_variant(self, configs: Mapping[str, Mapping[str, object]]) -> Variant | None:
        """Return the variant that the configs of a checkpoint's parts tell ("": its index); None for the usual one."""
        return next((one for one in self.variants if configs.get(one.part, {}).get(one.name) == one.value), None)


def tasks_of(name: str) -> Mapping[str, str]:
    """Return the classes of a family by task, from the naming scheme of diffusers."""
    endings = {"text_to_image": "Pipeline", "image_to_image": "Img2ImgPipeline", "inpaint": "InpaintPipeline"}
    return MappingProxyType({task: f"{name}{ending}" for task, ending in endings.items()})


def lacking_parts(kind: str, family: str, *markers: str) -> tuple[Fingerprint, ...]:
    """Return fingerprints of single files that hold a denoiser alone, as makers of flow families publish them."""
    refusal = f"single files of {family} lack parts; add it as a folder in diffusers format or a Hub id"
    return tuple(Fingerprint(kind, marker, refusal=refusal) for marker in markers)
