"""Where words start: the tokens of a name begin as the principal components of the drawings that it stands for.

A text encoder that starts from random words has to learn a code for each of a thousand things and how to read it at
the same time. With codes that are known from the first step (principal components of the artwork, solved for the
tokens by ridge regression) only the reading is left.
"""

import torch
from torch import Tensor
from transformers import CLIPTokenizer

from generation.starter.dataset import captions
from generation.starter.dataset.compose import USUAL_STYLE, Composer, Placed, Plan

USUAL_WEIGHT = 2.0  # how much more the usual style counts than the others: it is what a caption without style means
WHITENING = 0.25  # exponent of the singular values: 0 makes all components alike, 1 keeps their sizes
RIDGE = 0.05
SCALE = 0.2  # standard deviation of a code's numbers; those of other tokens start at 0.02


def of_things(composer: Composer, width: int) -> Tensor:
    """Return codes of all things: (things, width), their drawings in every style reduced to `width` numbers."""
    artwork = composer.artwork
    shape = len(artwork.things), len(artwork.styles)
    drawn = torch.zeros(*shape, 3 * composer.side**2)
    there = torch.zeros(*shape, 1)
    for start in range(0, len(artwork.icons), 256):
        chosen = range(start, min(start + 256, len(artwork.icons)))
        place = artwork.thing[chosen.start : chosen.stop], artwork.style[chosen.start : chosen.stop]
        drawn[place] = composer.paint([Plan("", [Placed(icon)]) for icon in chosen]).flatten(1)
        there[place] = 1.0
    mean = drawn.sum(0) / there.sum(0).clamp_min(1)
    drawn = (drawn - mean) * there
    drawn[:, artwork.styles.index(USUAL_STYLE)] *= USUAL_WEIGHT
    left, sizes, _ = torch.linalg.svd(drawn.flatten(1), full_matrices=False)
    codes = torch.zeros(len(left), width)
    known = left[:, :width] * (sizes[:width] / sizes[0]) ** WHITENING
    codes[:, : known.shape[1]] = known / known.std()
    return codes


def of_tokens(composer: Composer, words: CLIPTokenizer, width: int) -> Tensor:
    """Return what to add to the embeddings of `words`: (tokens, width), so that names add up to their thing's code."""
    named: list[tuple[int, str, float]] = []
    for number, thing in enumerate(composer.artwork.things):
        often = captions.chance(thing) ** 0.5
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
    wanted = of_things(composer, width)[[number for number, *_ in named]]
    solved = torch.linalg.solve(weighted @ counts + RIDGE * torch.eye(len(words)), weighted @ wanted)
    return solved * SCALE
