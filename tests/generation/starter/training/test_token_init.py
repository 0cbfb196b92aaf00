"""Token embeddings start as codes of their drawings."""

from torch.nn import functional

from generation.starter.dataset import artwork
from generation.starter.dataset.compose import Composer
from generation.starter.training import token_init, tokenizer


def thing(name, words, codes=()):
    """Return a thing of which only names matter."""
    return artwork.Thing(name, words, "things", name.replace(" ", "-"), codes)


def test_token_embeddings_start_as_codes_of_their_drawings(drawings):
    composer, words = Composer(drawings, 32), tokenizer.train(drawings)
    things = token_init.make_thing_codes(composer, 256)
    tokens = token_init.make_token_codes(composer, words, 256)
    assert (things.shape, tokens.shape) == ((4, 256), (len(words), 256))
    for number, thing in enumerate(drawings.things):
        sums = tokens[words(thing.name, add_special_tokens=False).input_ids].sum(0)
        closest = functional.cosine_similarity(sums[None], things).argmax()
        assert closest == number, thing.name
    background = words("background", add_special_tokens=False).input_ids
    assert tokens[background].abs().max() < 1e-3, "what names no thing starts as it is"
