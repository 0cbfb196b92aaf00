"""Choice of the files that a checkpoint needs from a repository on the Hub: configs, and one set of weights a part."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from generation.errors import GenerationError
from generation.families import checkpoint_classes
from generation.weights.families import PICKLE_SUFFIXES

INDEX = "model_index.json"
CONFIGS = frozenset({".json", ".txt", ".model"})  # configs, vocabularies and merges, sentencepiece's tables
NOT_NEEDED = frozenset({"safety_checker"})  # the site has its own
# "diffusion_pytorch_model.fp16-00001-of-00002.safetensors": name, variant and shard.
_WEIGHTS = re.compile(r"(?P<name>[^.]+)(?:\.(?P<variant>[^.-]+))?(?:-\d+-of-\d+)?\.safetensors")
_SHARD = re.compile(r"-\d+-of-\d+\.safetensors")


@dataclass(frozen=True)
class RemoteFile:
    """One file of a repository: its path, its size in bytes, and its SHA-256 where the Hub publishes one."""

    path: str
    size: int
    sha256: str = ""


def choose_files(
    files: Iterable[RemoteFile], index: dict[str, Any], *, repository: str, half: bool
) -> list[RemoteFile]:
    """Return the files for the parts in `index` (model_index.json): configs, and one set of weights for each part.

    Raises:
        GenerationError: `checkpoint_invalid`, as for `make_plan`.
    """
    if str(index.get("_class_name")) not in checkpoint_classes():
        raise GenerationError(
            "checkpoint_invalid",
            f"{repository} is made for {index.get('_class_name')}; "
            f"the site supports {', '.join(checkpoint_classes())}.",
        )
    parts = {
        name
        for name, made in index.items()
        if isinstance(made, list) and made and made[0] is not None and name not in NOT_NEEDED
    }
    by_part: dict[str, list[RemoteFile]] = {part: [] for part in sorted(parts)}
    chosen = []
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if file.path == INDEX:
            chosen.append(file)
        elif folder in by_part:
            by_part[folder].append(file)
            if PurePosixPath(name).suffix in CONFIGS and ".index." not in name:
                chosen.append(file)
    variants = {part: _variants(own) for part, own in by_part.items()}
    weighted = {part: own for part, own in variants.items() if own}
    wanted = "fp16" if half and weighted and all("fp16" in own for own in weighted.values()) else ""
    for part, own in by_part.items():
        if part in weighted:
            chosen += _weights(own, wanted if wanted in weighted[part] else sorted(weighted[part])[0])
        elif pickles := [file.path for file in own if PurePosixPath(file.path).suffix in PICKLE_SUFFIXES]:
            raise GenerationError(
                "checkpoint_invalid",
                f"{repository} has its {part} only as a pickle ({pickles[0]}), which can run code when loaded; "
                "look for one with safetensors.",
            )
    if not weighted:
        raise GenerationError("checkpoint_invalid", f"{repository} holds no weights.")
    return sorted(chosen, key=lambda file: (file.size, file.path))


def _variants(files: Iterable[RemoteFile]) -> set[str]:
    found = (_WEIGHTS.fullmatch(PurePosixPath(file.path).name) for file in files)
    return {match["variant"] or "" for match in found if match and match["variant"] != "non_ema"}


def _weights(files: list[RemoteFile], variant: str) -> list[RemoteFile]:
    """Return one part's weights of a variant: a single file, or shards and their index."""
    own = []
    for file in files:
        match = _WEIGHTS.fullmatch(PurePosixPath(file.path).name)
        if match and (match["variant"] or "") == variant:
            own.append(file)
    whole = [file for file in own if not _SHARD.search(file.path)]
    if whole:
        return whole[:1]
    ending = f".safetensors.index.{variant}.json" if variant else ".safetensors.index.json"
    return [*own, *(file for file in files if file.path.endswith(ending))]
