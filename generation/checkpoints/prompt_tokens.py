"""Count a prompt's tokens as the checkpoint will, without loading it: by its tokenizer's files alone."""

import functools
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

import generation
from generation.models import Checkpoint
from generation.parameters.prompts import BREAK, Piece, compose, parse_attention, schedule, split_loras
from generation.parameters.prompts.chunks import Unit, cut

_CLIP = Path(generation.__file__).parent / "weights" / "clip_vocabulary" / "merges.txt.gz"
_LARGEST_FILE = 64 * 2**20
_CHARACTERS_A_TOKEN = 4  # English, where nobody knows the tokenizer


@dataclass(frozen=True)
class FamilyTokenizer:
    """Which tokenizer of a family decides how much is read: its `folder`, and `limit` tokens without special ones.

    `chunked`: more is read in further chunks; elsewhere it is cut off. `clip`: the family's files may lack, because all
    its checkpoints share CLIP's vocabulary.
    """

    folder: str
    limit: int
    chunked: bool = False
    clip: bool = False


# In order of preference: Stable Diffusion 3 without T5 reads no more than CLIP does.
FAMILY_TOKENIZERS: dict[str, tuple[FamilyTokenizer, ...]] = {
    "sd": (FamilyTokenizer("tokenizer", 75, chunked=True, clip=True),),
    "sdxl": (FamilyTokenizer("tokenizer", 75, chunked=True, clip=True),),
    "sd3": (FamilyTokenizer("tokenizer_3", 255), FamilyTokenizer("tokenizer", 75, clip=True)),
    "flux": (FamilyTokenizer("tokenizer_2", 511),),
}
_OTHER = (FamilyTokenizer("tokenizer", 512),)


@dataclass(frozen=True)
class TokenCount:
    """How long a prompt is: `tokens` without special ones, in `chunks` of up to `limit`; `exact`: not guessed."""

    tokens: int
    chunks: int
    limit: int
    exact: bool


def count_tokens(text: str, checkpoint: Checkpoint | None) -> TokenCount:
    """Return how long `text` is for `checkpoint`; of prompts joined by `AND`, or that change, the longest.

    The text is taken as it is at each step: without LoRA tags, brackets and weights. What dynamic prompts will choose
    is not known beforehand.

    Raises:
        PromptRefused: its syntax asks for what cannot be.
    """
    reader, tokenizer = _reader_of(checkpoint) if checkpoint is not None else (_OTHER[0], None)
    counts = [_count(pieces, reader, tokenizer) for pieces in _texts(text)]
    return max(counts, key=lambda count: (count.chunks, count.tokens))


def _texts(text: str) -> Iterator[list[Piece]]:
    for prompt, _ in compose(split_loras(text)[0]).prompts:
        for at_step in {span.text for span in schedule(prompt, 20)}:
            yield parse_attention(at_step)


def _count(pieces: list[Piece], reader: FamilyTokenizer, tokenizer: Tokenizer | None) -> TokenCount:
    if tokenizer is None:
        tokens = sum(-(-len(piece.text) // _CHARACTERS_A_TOKEN) for piece in pieces if piece is not BREAK)
        return TokenCount(tokens, max(1, -(-tokens // reader.limit)) if reader.chunked else 1, reader.limit, False)

    def units() -> Iterator[Unit | None]:
        for piece in pieces:
            if piece is BREAK:
                yield None
            else:
                for number in tokenizer.encode(piece.text, add_special_tokens=False).ids:
                    yield [number], piece.weight

    found = [unit for unit in units() if unit is not None]
    chunks = cut(units(), room=reader.limit, comma=tokenizer.token_to_id(",</w>")) if reader.chunked else [found]
    return TokenCount(len(found), len(chunks), reader.limit, True)


def _reader_of(checkpoint: Checkpoint) -> tuple[FamilyTokenizer, Tokenizer | None]:
    readers = FAMILY_TOKENIZERS.get(checkpoint.family, _OTHER)
    if checkpoint.kind == Checkpoint.Kind.FOLDER:
        for reader in readers:
            folder = Path(checkpoint.location) / reader.folder
            tokenizer = _from_folder(folder)
            if tokenizer is not None:
                limit = _stated_limit(folder, reader) if reader.clip else reader.limit
                return FamilyTokenizer(reader.folder, limit, reader.chunked, reader.clip), tokenizer
    shared = next((reader for reader in readers if reader.clip and reader.chunked), None)
    return (shared, _clip()) if shared else (readers[0], None)


def _stated_limit(folder: Path, reader: FamilyTokenizer) -> int:
    """Return what the tokenizer's own config says a text may have, start and end taken off."""
    try:
        longest = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))["model_max_length"]
        return max(1, min(int(longest) - 2, 2048))
    except (OSError, ValueError, KeyError, TypeError):
        return reader.limit


def _from_folder(folder: Path) -> Tokenizer | None:
    """Return the tokenizer of a folder: `tokenizer.json`, or `vocab.json` with `merges.txt`; None where it has none."""
    for name in ("tokenizer.json", "merges.txt"):
        try:
            facts = (folder / name).stat()
        except OSError:
            continue
        if facts.st_size <= _LARGEST_FILE:
            return _read(folder / name, facts.st_mtime_ns)
    return None


@functools.lru_cache(maxsize=8)
def _read(path: Path, changed: int) -> Tokenizer | None:
    """Read a tokenizer once; `changed` makes a file that was replaced another one."""
    try:
        if path.name == "tokenizer.json":
            tokenizer = Tokenizer.from_file(str(path))
            tokenizer.no_truncation()
            tokenizer.no_padding()
            return tokenizer
        vocabulary = json.loads((path.parent / "vocab.json").read_text(encoding="utf-8"))
        lines = path.read_text(encoding="utf-8").splitlines()
        return _clip_like(vocabulary, [line for line in lines if line and not line.startswith("#version")])
    except Exception:  # the library raises bare Exception for files that are none
        return None


@functools.cache
def _clip() -> Tokenizer:
    """Return CLIP's tokenizer from the vocabulary that the site carries; numbers do not matter for counting."""
    lines = gzip.decompress(_CLIP.read_bytes()).decode("utf-8").splitlines()
    letters = pre_tokenizers.ByteLevel.alphabet()
    words = [*letters, *(f"{letter}</w>" for letter in letters), *(line.replace(" ", "") for line in lines)]
    words += ["<|startoftext|>", "<|endoftext|>"]
    return _clip_like({word: number for number, word in enumerate(words)}, lines)


def _clip_like(vocabulary: dict[str, int], lines: list[str]) -> Tokenizer:
    """Return a byte-level BPE that splits words as CLIP does (Radford et al. 2021, section 2.4)."""
    merges: list[Any] = [tuple(line.split(" ")) for line in lines]
    bpe = models.BPE(vocab=vocabulary, merges=merges, end_of_word_suffix="</w>", unk_token="<|endoftext|>")  # noqa: S106
    tokenizer = Tokenizer(bpe)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    word = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(word), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    return tokenizer
