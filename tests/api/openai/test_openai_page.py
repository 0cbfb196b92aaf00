"""What is written about OpenAI's dialect is what it does."""

import pytest

from sdsite.api.openai import answers, links, order, routes
from tests.site import ROOT

PAGE = (ROOT / "docs" / "dialects" / "openai.md").read_text()


@pytest.mark.parametrize(
    "words", [order.Order.model_fields, order.IGNORED, order.QUALITIES, {*answers.CODES, *answers.CODES.values()}]
)
def test_every_word_is_on_the_page(words):
    for word in words:
        assert f"`{word}`" in PAGE, word


def test_every_address_is_on_the_page():
    for pattern in routes.urlpatterns:
        assert f"/{str(pattern.pattern).partition('<')[0]}" in PAGE, pattern


def test_numbers_are_the_real_ones():
    assert f"{links.MINUTES} minutes" in PAGE
    assert f"fewer than {order.FEWEST_STEPS} steps" in PAGE
    assert f"`high` is strength {order.FIDELITY_STRENGTH['high']}" in PAGE
    assert f"A variation has strength {order.VARIATION_STRENGTH}" in PAGE
    for name in ("high", "xhigh", "max"):
        assert f"{order.QUALITIES[name]:g}" in PAGE
