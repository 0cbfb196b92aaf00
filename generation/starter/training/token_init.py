"""Initial token embeddings: the tokens of a name start as principal components of the drawings that it stands for.

A text encoder with random embeddings has to learn a code for each of a thousand things and how to read it at the same
time. With codes that are known from the first step (principal components of the artwork, solved for the tokens by ridge
regression) only the reading is left to learn.
"""

import torch
from torch import Tensor
from transformers import CLIPTokenizer

from generation.starter.dataset import captions
from generation.starter.dataset.compose import USUAL_STYLE, Composer, Placed, Plan

USUAL_WEIGHT = 2.0  # weight of the usual style, the meaning of a caption without style; the others have 1
WHITENING = 0.25  # exponent of the singular values: 0 gives all components the same size, 1 keeps their sizes
RIDGE = 0.05
SCALE = 0.2  # standard deviation of a code's numbers; those of other tokens start at 0.02


def make_thing_codes(composer: Composer, width: int) -> Tensor:
    """Return the codes of all things, (things, width): their drawings in every style reduced to `width` numbers."""
    artwork = composer.artwork
    shape = len(artwork.things), len(artwork.styles)
    pixels = torch.zeros(*shape, 3 * composer.side**2)
    there = torch.zeros(*shape, 1)
    for start in range(0, len(artwork.icons), 256):
        chosen = range(start, min(start + 256, len(artwork.icons)))
        place = artwork.thing[chosen.start : chosen.stop], artwork.style[chosen.start : chosen.stop]
        pixels[place] = composer.render([Plan("", [Placed(icon)]) for icon in chosen]).flatten(1)
        there[place] = 1.0
    mean = pixels.sum(0) / there.sum(0).clamp_min(1)
    pixels = (pixels - mean) * there
    pixels[:, artwork.styles.index(USUAL_STYLE)] *= USUAL_WEIGHT
    left, sizes, _ = torch.linalg.svd(pixels.flatten(1), full_matrices=False)
    codes = torch.zeros(len(left), width)
    known = left[:, :width] * (sizes[:width] / sizes[0]) ** WHITENING
    codes[:, : known.shape[1]] = known / known.std()
    return codes


def make_token_codes(composer: Composer, words: CLIPTokenizer, width: int) -> Tensor:
    """Return additions to the embeddings of `words`, (tokens, width), so that a name adds up to its thing's code."""
    named: list[tuple[int, str, float]] = []
    for number, thing in enumerate(composer.artwork.things):
        often = captions.frequency(thing) ** 0.5
        named.append((number, thing.name, 3 * often))
        for word in thing.words:
            shared = composer.names.sharing(thing, word)
            if shared <= captions.MOST_SHARED:
                named.append((number, word, often if word in thing.codes else 0.5 * often / shared))
    counts = torch.zeros(len(named), len(words))
    for row, (_, name, _) in enumerate(named):
        for token in words(name, add_special_tokens=False).input_ids:
            counts[row, token] += 1
    counts /= counts.sum(1, keepdim=True).sqrt()
    weighted = (counts * torch.tensor([weight for *_, weight in named])[:, None]).T
    wanted = make_thing_codes(composer, width)[[number for number, *_ in named]]
    solved = torch.linalg.solve(weighted @ counts + RIDGE * torch.eye(len(words)), weighted @ wanted)
    return solved * SCALE
