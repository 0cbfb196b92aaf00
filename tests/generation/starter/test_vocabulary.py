"""The vocabulary of the starter has each word once."""

from generation.starter.vocabulary import VOCABULARY


def test_the_starter_is_offered_each_word_once():
    assert all(len(words) == len(set(words)) for words in VOCABULARY.values())
    others = ("colours", "backgrounds", "scenes", "styles")
    assert [len(VOCABULARY[name]) for name in others] == [12, 14, 9, 9]
    assert sum(len(words) for words in VOCABULARY.values()) == 1275 + 12 + 14 + 9 + 9
    words = {word for group in VOCABULARY.values() for word in group}
    assert {"fox", "red heart", "on a blue background", "in the snow", "as pixel art"} <= words
