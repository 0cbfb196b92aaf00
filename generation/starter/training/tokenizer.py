"""Training of the starter checkpoint's tokenizer: byte pair encoding learned from its captions, and whole names.

    python -m generation.starter.training.tokenizer

A name of several words that only one thing has is a token of its own, as in textual inversion: the meaning of "red
heart" need not be composed from "red" and "heart".
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tokenizers import AddedToken
from transformers import CLIPTokenizer

from generation.starter.dataset import captions
from generation.starter.dataset.artwork import WORK, Artwork, render
from generation.starter.dataset.compose import Composer

TOKENS = 5000
WORDS = 24  # tokens of a prompt that are read, including start and end
LAYOUT = 16  # padding tokens after them, in which the text encoder predicts the layout of the image, 4 x 4 fields
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
    made.add_tokens([AddedToken(name, single_word=True, normalized=True) for name in find_whole_names(artwork, made)])
    return made


def find_whole_names(artwork: Artwork, words: CLIPTokenizer) -> list[str]:
    """Return every name of a single thing that `words` would split into several tokens."""
    shared = Counter(word for thing in artwork.things for word in thing.words)
    names = dict.fromkeys(
        name
        for thing in artwork.things
        for name in (thing.name, thing.name.removesuffix(" face"), *thing.words)
        if shared[name] <= 1
    )
    return [name for name in names if len(words(name, add_special_tokens=False).input_ids) > 1]


def folder(work: Path) -> Path:
    """Return the tokenizer's folder."""
    return work / "tokenizer"


def load(work: Path) -> CLIPTokenizer:
    """Return the tokenizer in `work`, training it first if there is none."""
    if not folder(work).exists():
        train(render(work)).save_pretrained(folder(work))
    loaded: CLIPTokenizer = CLIPTokenizer.from_pretrained(folder(work))
    return loaded


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=WORK)
    tokenizer = load(parser.parse_args().work)
    print(f"{len(tokenizer)} tokens; 'a red fox on the grass': {tokenizer.tokenize('a red fox on the grass')}")


if __name__ == "__main__":
    main()
