"""Chunks of tokens: full ones, commas near their end, breaks, units that stay whole."""

from generation.parameters.prompts.chunks import cut

COMMA = 7


def units(*tokens):
    return [([token], 1.0) for token in tokens]


def ids(chunks):
    return [[token for tokens, _ in chunk for token in tokens] for chunk in chunks]


def test_as_many_tokens_as_there_is_room_for_are_one_chunk():
    assert ids(cut(units(*range(100, 175)), room=75, comma=COMMA)) == [list(range(100, 175))]
    assert ids(cut(units(*range(100, 176)), room=75, comma=COMMA)) == [list(range(100, 175)), [175]]


def test_no_token_is_one_empty_chunk():
    assert cut([], room=75, comma=COMMA) == [[]]


def test_what_follows_a_near_comma_moves_on_with_the_next_token():
    tokens = [*range(100, 160), COMMA, *range(161, 176)]
    assert ids(cut(units(*tokens), room=75, comma=COMMA)) == [tokens[:61], tokens[61:]]


def test_a_comma_further_back_moves_nothing():
    tokens = [*range(100, 140), COMMA, *range(141, 176)]
    assert ids(cut(units(*tokens), room=75, comma=COMMA)) == [tokens[:75], tokens[75:]]
    assert ids(cut(units(*tokens), room=75, comma=None)) == [tokens[:75], tokens[75:]]


def test_none_ends_a_chunk():
    assert ids(cut([*units(1, 2), None, *units(3)], room=75, comma=COMMA)) == [[1, 2], [3]]
    assert ids(cut([None, *units(3)], room=75, comma=COMMA)) == [[], [3]]


def test_units_stay_whole_and_keep_their_weights():
    whole = ([1, 2, 3], 1.2)
    assert cut([*units(4, 5, 6), whole], room=5, comma=None) == [units(4, 5, 6), [whole]]
