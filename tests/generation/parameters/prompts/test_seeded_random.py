"""Seeds choose the same for ever, and another salt chooses differently."""

from generation.parameters.prompts import expand


def test_these_seeds_make_these_choices_for_ever():
    text = "a {red|green|blue} {2$$fox|owl|cat} in __place__"
    places = {"place": ["the sea", "the snow", "space", "a wood"]}
    assert [expand(text, seed=seed, wildcards=places) for seed in (0, 1, 2, 2**32)] == FROZEN


FROZEN = [
    "a blue cat, owl in the snow",
    "a red owl, cat in space",
    "a blue owl, fox in space",
    "a green owl, cat in the snow",
]


def test_another_salt_chooses_otherwise():
    text = "{a|b|c|d|e|f|g|h}"
    one = [expand(text, seed=seed, wildcards={}) for seed in range(9)]
    assert one != [expand(text, seed=seed, wildcards={}, salt="negative") for seed in range(9)]
