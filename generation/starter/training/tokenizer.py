"""Make the tokenizer of the starter checkpoint: byte pairs learned from its captions, and whole names.

    python -m generation.starter.training.tokenizer

A name of several words that only one thing has is a token of its own, as in textual inversion: what "red heart" looks
like need not be put together from "red" and "heart".
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tokenizers import AddedToken
from transformers import CLIPTokenizer

from generation.starter.dataset import artwork as data
from generation.starter.dataset import captions
from generation.starter.dataset.artwork import Artwork
from generation.starter.dataset.compose import Composer

TOKENS = 5000
WORDS = 24  # tokens of a prompt that are read, start and end included
LAYOUT = 16  # padding behind them that the text encoder fills with the layout of the picture, 4 x 4 fields
LENGTH = WORDS + LAYOUT


def train(artwork: Artwork) -> CLIPTokenizer:
    """Return a tokenizer whose merges come from names, other words and random captions."""

    def corpus() -> Iterator[list[str]]:
        rng = random.Random(0)
        composer = Composer(artwork, 8)
        yield [thing.name for thing in artwork.things] * 6
        yield [word for thing in artwork.things for word in thing.words] * 2
        yield [*captions.COLOURS, *captions.SCENES] * 50
        yield [composer.plan(rng).caption for _ in range(20_000)]

    made: CLIPTokenizer = CLIPTokenizer().train_new_from_iterator(corpus(), TOKENS)
    made.model_max_length = LENGTH
    made.add_tokens([AddedToken(name, single_word=True, normalized=True) for name in whole_names(artwork, made)])
    return made


def whole_names(artwork: Artwork, words: CLIPTokenizer) -> list[str]:
    """Return every name of one thing alone that `words` would take apart."""
    shared = Counter(word for thing in artwork.things for word in thing.words)
    names = dict.fromkeys(
        name
        for thing in artwork.things
        for name in (thing.name, thing.name.removesuffix(" face"), *thing.words)
        if shared[name] <= 1
    )
    return [name for name in names if len(words(name, add_special_tokens=False).input_ids) > 1]


def folder(work: Path) -> Path:
    """Return where the tokenizer is kept."""
    return work / "tokenizer"


def load(work: Path) -> CLIPTokenizer:
    """Return the tokenizer kept in `work`, making it first where there is none."""
    if not folder(work).exists():
        train(data.render(work)).save_pretrained(folder(work))
    loaded: CLIPTokenizer = CLIPTokenizer.from_pretrained(folder(work))
    return loaded


def main() -> None:
    """Make it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=data.WORK)
    tokenizer = load(parser.parse_args().work)
    print(f"{len(tokenizer)} tokens; 'a red fox on the grass': {tokenizer.tokenize('a red fox on the grass')}")


if __name__ == "__main__":
    main()
