"""Token counts of prompts by a checkpoint's tokenizer files, without loading the checkpoint."""

import functools
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import Regex, models, normalizers, pre_tokenizers

import generation
from generation.families import FAMILIES
from generation.families.record import Tokenizer
from generation.models import Checkpoint
from generation.parameters.prompts import BREAK, Piece, compose, parse_attention, schedule, split_loras
from generation.parameters.prompts.chunks import Unit, cut
from generation.weights.reading import parse_json

_CLIP = Path(generation.__file__).parent / "weights" / "clip_vocabulary" / "merges.txt.gz"
_LARGEST_FILE = 64 * 2**20
_CHARACTERS_A_TOKEN = 4  # estimate for English, where the tokenizer is not known


_OTHER = (Tokenizer("tokenizer", 512),)


@dataclass(frozen=True)
class TokenCount:
    """Length of a prompt: `tokens` without special ones, in `chunks` of up to `limit`; `exact`: not estimated."""

    tokens: int
    chunks: int
    limit: int
    exact: bool


def count_tokens(text: str, checkpoint: Checkpoint | None) -> TokenCount:
    """Return the length of `text` for `checkpoint`; of prompts joined by `AND` or scheduled by step, the longest.

    LoRA tags, brackets and weights are not counted. The choices of dynamic prompts are not known beforehand.

    Raises:
        PromptRefused: its syntax is not valid.
    """
    rule, tokenizer = _tokenizer_of(checkpoint) if checkpoint is not None else (_OTHER[0], None)
    counts = [_count(pieces, rule, tokenizer) for pieces in _texts(text)]
    return max(counts, key=lambda count: (count.chunks, count.tokens))


def _texts(text: str) -> Iterator[list[Piece]]:
    for prompt, _ in compose(split_loras(text)[0]).prompts:
        for at_step in {span.text for span in schedule(prompt, 20)}:
            yield parse_attention(at_step)


def _count(pieces: list[Piece], rule: Tokenizer, tokenizer: tokenizers.Tokenizer | None) -> TokenCount:
    if tokenizer is None:
        tokens = sum(-(-len(piece.text) // _CHARACTERS_A_TOKEN) for piece in pieces if piece is not BREAK)
        return TokenCount(tokens, max(1, -(-tokens // rule.limit)) if rule.chunked else 1, rule.limit, False)

    def units() -> Iterator[Unit | None]:
        for piece in pieces:
            if piece is BREAK:
                yield None
            else:
                for number in tokenizer.encode(piece.text, add_special_tokens=False).ids:
                    yield [number], piece.weight

    found = [unit for unit in units() if unit is not None]
    chunks = cut(units(), room=rule.limit, comma=tokenizer.token_to_id(",</w>")) if rule.chunked else [found]
    return TokenCount(len(found), len(chunks), rule.limit, True)


def _tokenizer_of(checkpoint: Checkpoint) -> tuple[Tokenizer, tokenizers.Tokenizer | None]:
    rules = FAMILIES[checkpoint.family].prompts.tokenizers if checkpoint.family in FAMILIES else _OTHER
    if checkpoint.kind == Checkpoint.Kind.FOLDER:
        for rule in rules:
            folder = Path(checkpoint.location) / rule.folder
            tokenizer = _from_folder(folder)
            if tokenizer is not None:
                limit = _stated_limit(folder, rule) if rule.clip else rule.limit
                return Tokenizer(rule.folder, limit, rule.chunked, rule.clip), tokenizer
    shared = next((rule for rule in rules if rule.clip and rule.chunked), None)
    return (shared, _clip()) if shared else (rules[0], None)


def _stated_limit(folder: Path, rule: Tokenizer) -> int:
    """Return the limit in the tokenizer's own config, without the start and end tokens."""
    try:
        longest = parse_json((folder / "tokenizer_config.json").read_text(encoding="utf-8"))["model_max_length"]
        return max(1, min(int(longest) - 2, 2048))
    except (OSError, ValueError, KeyError, TypeError):
        return rule.limit


def _from_folder(folder: Path) -> tokenizers.Tokenizer | None:
    """Return the tokenizer of a folder: `tokenizer.json`, or `vocab.json` with `merges.txt`; None if it has none."""
    for name in ("tokenizer.json", "merges.txt"):
        try:
            facts = (folder / name).stat()
        except OSError:
            continue
        if facts.st_size <= _LARGEST_FILE:
            return _read(folder / name, facts.st_mtime_ns)
    return None


@functools.lru_cache(maxsize=8)
def _read(path: Path, changed: int) -> tokenizers.Tokenizer | None:
    """Read a tokenizer; `changed`, its time of modification, is part of the cache key."""
    try:
        if path.name == "tokenizer.json":
            tokenizer = tokenizers.Tokenizer.from_file(str(path))
            tokenizer.no_truncation()
            tokenizer.no_padding()
            return tokenizer
        vocabulary = parse_json((path.parent / "vocab.json").read_text(encoding="utf-8"))
        lines = path.read_text(encoding="utf-8").splitlines()
        return _clip_like(vocabulary, [line for line in lines if line and not line.startswith("#version")])
    except Exception:  # the library raises bare Exception for invalid files
        return None


@functools.cache
def _clip() -> tokenizers.Tokenizer:
    """Return CLIP's tokenizer from the vocabulary in this package; token ids do not matter for counting."""
    lines = gzip.decompress(_CLIP.read_bytes()).decode("utf-8").splitlines()
    letters = pre_tokenizers.ByteLevel.alphabet()
    words = [*letters, *(f"{letter}</w>" for letter in letters), *(line.replace(" ", "") for line in lines)]
    words += ["<|startoftext|>", "<|endoftext|>"]
    return _clip_like({word: number for number, word in enumerate(words)}, lines)


def _clip_like(vocabulary: dict[str, int], lines: list[str]) -> tokenizers.Tokenizer:
    """Return a byte-level BPE that splits words as CLIP does (Radford et al. 2021, section 2.4)."""
    merges: list[Any] = [tuple(line.split(" ")) for line in lines]
    bpe = models.BPE(vocab=vocabulary, merges=merges, end_of_word_suffix="</w>", unk_token="<|endoftext|>")  # noqa: S106
    tokenizer = tokenizers.Tokenizer(bpe)
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
