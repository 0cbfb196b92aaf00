"""Names that only one thing has are tokens of their own."""

from generation.starter.training import tokenizer


def test_names_that_only_one_thing_has_are_tokens_of_their_own(drawings):
    words = tokenizer.train(drawings)
    taken_apart = [name for name in ("red circle", "kitten face") if len(words.tokenize(name)) > 1]
    assert not taken_apart
    assert words.tokenize("A Red Circle, on blue") == ["a</w>", "red circle", ",</w>", *words.tokenize("on blue")]
    assert words.tokenize("red circles")[0] == "red</w>", "only whole words"
