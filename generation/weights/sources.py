"""Sources of the weights of checkpoints and adapters, and the options for loading them."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class WeightsSource:
    """Weights of an adapter: `kind` and `slug` of its row, and everything that loading needs.

    `path` is a folder or a `.safetensors` file; `family` a key of the catalog, empty for any family.
    """

    kind: str
    slug: str
    path: Path
    sha256: str = ""
    family: str = ""


@dataclass(frozen=True)
class SharedPart:
    """A text encoder or autoencoder that joins a denoiser: its name in the pipeline, and the row it comes from."""

    part: str
    slug: str
    location: str
    sha256: str = field(default="", compare=False)  # becomes known while the part is loaded


@dataclass(frozen=True)
class CheckpointSource:
    """Weights of a checkpoint: everything of its row that loading needs.

    `kind` is "folder", "file", "denoiser" or "hub"; `location` is a folder in diffusers format, a `.safetensors` file,
    a file with a denoiser alone (`.safetensors` or `.gguf`), which `parts` joins, or (kind "hub") a repository id
    "owner/name".

    The rest are options of loading; "auto" decides by the weights and the free memory. `prediction_type`:
    "epsilon", "v_prediction" or "sample". `precision`: "full", "half", "bf16" or "quantized". `memory_mode`:
    "resident", "offload" or "sequential". `tiled_vae`: "on" or "off". `small`: for jobs of that speed mode, which keep
    other weights than the other jobs of the checkpoint.
    """

    slug: str
    kind: str
    location: str
    revision: str = ""
    prediction_type: str = "auto"
    precision: str = "auto"
    memory_mode: str = "auto"
    tiled_vae: str = "auto"
    parts: tuple[SharedPart, ...] = ()
    small: bool = False

    @property
    def key(self) -> str:
        """Return the name under which memory is measured: that of small jobs apart from the others'."""
        return memory_key(self.slug, small=self.small)

    @property
    def path(self) -> Path:
        """Return the location as a path (folder and file kinds)."""
        return Path(self.location)


def memory_key(slug: str, *, small: bool) -> str:
    """Return the name under which the memory of a checkpoint's jobs is measured; no slug has a space."""
    return f"{slug} small" if small else slug
