"""Embeddings of words start as what their drawings look like."""

from torch.nn import functional

from generation.starter.dataset import artwork as data
from generation.starter.dataset.compose import Composer
from generation.starter.training import token_init as codes
from generation.starter.training import tokenizer


def thing(name, words, codes=()):
    """Return a thing of which only names matter."""
    return data.Thing(name, words, "things", name.replace(" ", "-"), codes)


def test_words_start_as_what_their_drawings_look_like(artwork):
    composer, words = Composer(artwork, 32), tokenizer.train(artwork)
    things = codes.of_things(composer, 256)
    tokens = codes.of_tokens(composer, words, 256)
    assert (things.shape, tokens.shape) == ((4, 256), (len(words), 256))
    for number, thing in enumerate(artwork.things):
        sums = tokens[words(thing.name, add_special_tokens=False).input_ids].sum(0)
        closest = functional.cosine_similarity(sums[None], things).argmax()
        assert closest == number, thing.name
    background = words("background", add_special_tokens=False).input_ids
    assert tokens[background].abs().max() < 1e-3, "what names no thing starts as it is"
