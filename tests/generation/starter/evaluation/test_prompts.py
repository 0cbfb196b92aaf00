"""The lists of evaluation prompts are complete."""

from generation.starter.dataset import captions
from generation.starter.evaluation import prompts


def test_the_lists_of_prompts_are_complete():
    assert len(prompts.MIXED) == len(prompts.PLAIN) == 100
    assert len(prompts.BACKGROUND_THINGS) * len(prompts.BACKGROUND_COLOURS) == 100
    assert len({prompt for prompt, _ in prompts.MIXED}) == 100
    assert set(prompts.BACKGROUND_COLOURS) <= set(captions.BACKGROUND_COLOURS)
