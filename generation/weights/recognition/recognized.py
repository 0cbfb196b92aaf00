"""Result of the recognition of a file, and its refusals: a code and a sentence each."""

from collections.abc import Mapping
from dataclasses import dataclass

# Code of a refusal -> when it is given. Only the file in question is left out.
CODES: Mapping[str, str] = {
    "pickle": "a pickle, by its name or its first bytes",
    "unreadable": "no file, or one that may not be read",
    "header_too_large": "its header is longer than the format or the scan allows",
    "overlapping_offsets": "its tensors overlap, leave gaps or reach behind its end",
    "cut_off": "shorter or longer than its header says",
    "damaged": "its header makes no sense",
    "not_gguf": "a .gguf file of another format or version",
    "unknown": "no tensor names that the scan knows",
    "language_model": "a language model, which generates no images",
    "family_not_offered": "made for a family of models that the site does not have",
    "not_used": "a kind of weights that the site has no use for",
    "parts_missing": "a checkpoint that lacks encoders or an autoencoder",
    "storage": "quantized or scaled in a way that the loader does not undo",
    "unusable": "known, and refused by the inspection of its kind",
    "path": "its path cannot be kept in a row",
    "link_loop": "a link that leads back to a folder above it",
    "too_many_files": "more files of weights than a scan looks at",
    "folder_missing": "a folder of SDSITE_MODEL_FOLDERS that is not there or may not be read",
}


@dataclass(frozen=True)
class Recognized:
    """What a file is: kind and architecture (keys of `labels`), layout of its names, and storage of its weights.

    `layout`: "kohya", "PEFT", "diffusers", "original". `stored`: "BF16", "F8_E4M3 with scales", "Q4_K". `note` says
    what it is, of weights that the site has no use for.
    """

    kind: str
    architecture: str = ""
    layout: str = ""
    stored: str = ""
    note: str = ""


class FileRefused(Exception):
    """A file that cannot be recognised or used; `code` is one of CODES, the message a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        """Keep code and sentence."""
        super().__init__(message)
        if code not in CODES:
            raise ValueError(code)
        self.code = code
        self.message = message
