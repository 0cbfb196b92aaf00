"""The bound of weights in a prompt."""

import pytest

from generation.parameters.prompts.errors import PromptRefused, check_weight


@pytest.mark.parametrize("weight", [-100, 0, 1.5, 100])
def test_weights_up_to_a_hundred_are_taken(weight):
    assert check_weight(weight, "heart") == weight


@pytest.mark.parametrize("weight", [-100.5, 1000])
def test_larger_ones_are_refused_with_few_of_their_words(weight):
    with pytest.raises(PromptRefused) as caught:
        check_weight(weight, "  heart " * 40)
    assert isinstance(caught.value, ValueError)
    assert caught.value.field == "prompt"
    assert f"{weight:g}" in str(caught.value)
    assert "heart" in str(caught.value)
    assert len(str(caught.value)) < 120
