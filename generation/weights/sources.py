"""Where the weights of checkpoints and adapters lie, and how they are to be loaded."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WeightsSource:
    """Where weights lie that join a checkpoint: `kind` and `slug` of an Adapter row, and all that loading needs.

    `path` is a folder or a `.safetensors` file; `family` a key of the catalog, empty where it fits any.
    """

    kind: str
    slug: str
    path: Path
    sha256: str = ""
    family: str = ""


@dataclass(frozen=True)
class CheckpointSource:
    """Where a checkpoint's weights lie: all that loading needs of a Checkpoint row.

    `kind` is "folder", "file" or "hub"; `location` is a folder in diffusers format, a `.safetensors` file, or (kind
    "hub") a repository id "owner/name".

    The rest says how it is to be loaded; "auto" leaves it to the weights and to what is free. `prediction_type`:
    "epsilon", "v_prediction" or "sample". `precision`: "full", "half", "bf16" or "quantized". `memory_mode`:
    "resident", "offload" or "sequential". `tiled_vae`: "on" or "off".
    """

    slug: str
    kind: str
    location: str
    revision: str = ""
    prediction_type: str = "auto"
    precision: str = "auto"
    memory_mode: str = "auto"
    tiled_vae: str = "auto"

    @property
    def path(self) -> Path:
        """Return the location as a path (folder and file kinds)."""
        return Path(self.location)
