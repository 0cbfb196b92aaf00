"""The evaluation reads the background from the border and finds the nearest drawing on any background."""

from generation.starter.dataset import artwork
from generation.starter.dataset.compose import Composer, Placed, Plan
from generation.starter.dataset.variety import Paper
from generation.starter.evaluation import evaluate, prompts


def test_backgrounds_are_read_from_the_border(drawings):
    composer = Composer(drawings, 128)
    for colour in prompts.BACKGROUND_COLOURS:
        assert evaluate.background_colour(composer.render([Plan("", [Placed(0)], background=colour)])[0]) == colour


def test_the_nearest_drawing_is_found_on_any_paper(work, drawings, monkeypatch):
    monkeypatch.setattr(evaluate.classifier, "load", lambda options, things: None)
    evaluator = evaluate.Evaluator(type("Options", (), {"work": work})())
    composer = Composer(drawings, artwork.SIDE)
    for thing, icons in composer.by_thing.items():
        for background in (None, "blue", Paper("plain", (1.0, 0.8, 0.7))):
            shown = composer.render([Plan("", [Placed(icons[1])], background)])
            assert evaluator.nearest(shown)[0][0] == evaluator.names[thing]
