"""What a text encoder or autoencoder in a file or folder of its own is: its kind, and the width that must fit."""

from dataclasses import dataclass
from pathlib import Path

from generation.errors import GenerationError
from generation.weights.reading import shown
from generation.weights.recognition import fingerprints
from generation.weights.recognition.recognize import read_config, recognize
from generation.weights.recognition.recognized import FileRefused
from generation.weights.safetensors_header import read_header
from generation.weights.storage import check_storage

KINDS = {"clip": "CLIP", "t5": "T5", "vae": "autoencoder"}
SHARED_ENCODERS = ("clip", "t5")  # starts of the architectures that denoisers here share
TOKENIZER_FILES = ("tokenizer.json", "spiece.model")


@dataclass(frozen=True)
class PartFacts:
    """Kind ("clip", "t5" or "vae"), the width of its vectors (VAE: channels of its latents), and its weights."""

    kind: str
    width: int
    weights: int = 0
    size_bytes: int = 0
    architecture: str = ""


def read_part(path: Path) -> PartFacts:
    """Return the facts of the text encoder or autoencoder at `path`, from headers and configs.

    Raises:
        GenerationError: `adapter_missing` or `adapter_invalid`: another kind, damaged, stored in an unknown way, or a
            T5 without its tokenizer.
    """
    if path.suffix.lower() == ".gguf":
        raise GenerationError(
            "adapter_invalid", f"{shown(path)}: encoders in GGUF are not read here; get the version in .safetensors."
        )
    try:
        found = recognize(path)
    except FileRefused as error:
        code = "adapter_missing" if error.code == "unreadable" else "adapter_invalid"
        raise GenerationError(code, error.message) from error
    headers = [read_header(file) for file in weight_files(path)]
    shapes = {name: shape for header in headers for name, shape in header.shapes.items()}
    kind = _kind_of(found.kind, found.architecture)
    if not kind:
        raise GenerationError(
            "adapter_invalid", f"{shown(path)} is no CLIP, no T5 and no autoencoder that checkpoints here can share."
        )
    for header in headers:
        stored = [name for name in header.shapes if name.endswith((".weight", ".bias"))]
        check_storage(header, stored, shown(path), scales=True)
    width = _width(kind, shapes, path)
    if not width:
        raise GenerationError("adapter_invalid", f"{shown(path)} is damaged: it has no tensor that tells its width.")
    if kind == "t5" and tokenizer_of(path) is None:
        raise GenerationError("adapter_invalid", f"{shown(path)} lacks T5's tokenizer: {needs_tokenizer(path)}.")
    return PartFacts(
        kind,
        width,
        weights=sum(header.weights() for header in headers),
        size_bytes=sum(file.stat().st_size for file in weight_files(path)),
        architecture=found.architecture,
    )


def weight_files(path: Path) -> list[Path]:
    """Return the file itself, or the weights of a folder.

    Raises:
        GenerationError: `adapter_missing`, there are none.
    """
    files = [path] if path.is_file() else sorted(path.glob("*.safetensors"))
    if not files:
        raise GenerationError("adapter_missing", f"{shown(path)} holds no .safetensors file.")
    return files


def tokenizer_of(path: Path) -> Path | None:
    """Return the folder with the tokenizer of a text encoder; None where there is none.

    In the encoder's own folder; in the folder beside it that pipelines in diffusers format call `tokenizer...`; of a
    file `NAME.safetensors` in the folder `NAME` beside it.
    """
    beside = path.parent / path.name.replace("text_encoder", "tokenizer") if path.is_dir() else path.with_suffix("")
    for folder in (path, beside):
        if folder.is_dir() and any((folder / name).is_file() for name in TOKENIZER_FILES):
            return folder
    return None


def needs_tokenizer(path: Path) -> str:
    """Return where to put a tokenizer, for people."""
    where = "into its folder" if path.is_dir() else f"into a folder {path.stem[:80]} beside it"
    return f"put tokenizer.json or spiece.model, with tokenizer_config.json, {where}"


def _kind_of(kind: str, architecture: str) -> str:
    if kind == "vae":
        return "vae" if architecture.startswith("kl_") else ""
    if kind != "text_encoder" or architecture.startswith(("umt5", "byt5")):
        return ""
    return next((one for one in SHARED_ENCODERS if architecture.startswith(one)), "")


def _width(kind: str, shapes: dict[str, tuple[int, ...]], path: Path) -> int:
    """Return the width of a part; without text of an index, from the names of either library."""
    if kind == "vae":
        first = next((one for name, one in shapes.items() if name.endswith("decoder.conv_in.weight")), (0, 0))
        return first[1]
    if kind == "t5":
        return next((shapes[name][-1] for name in fingerprints.T5_WORDS if name in shapes), 0)
    config = read_config(path / "config.json") if path.is_dir() else {}
    if isinstance(config.get("hidden_size"), int):
        return int(config["hidden_size"])
    return next((one[-1] for name, one in shapes.items() if name.endswith("token_embedding.weight")), 0)
