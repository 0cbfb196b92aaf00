"""The evaluation reads the background from the border."""

from generation.starter.dataset.compose import Composer, Placed, Plan
from generation.starter.evaluation import evaluate, prompts


def test_backgrounds_are_read_from_the_border(drawings):
    composer = Composer(drawings, 128)
    for colour in prompts.BACKGROUND_COLOURS:
        assert evaluate.background_colour(composer.render([Plan("", [Placed(0)], background=colour)])[0]) == colour
