"""What is written about OpenAI's dialect is what it does."""

import pytest

from sdsite.api.compat.openai import requests, responses, signed_urls, urls
from tests.support.site import ROOT

PAGE = (ROOT / "docs" / "dialects" / "openai.md").read_text()


@pytest.mark.parametrize(
    "words",
    [
        requests.ImagesRequest.model_fields,
        requests.IGNORED,
        requests.QUALITIES,
        {*responses.CODES, *responses.CODES.values()},
    ],
)
def test_every_word_is_on_the_page(words):
    for word in words:
        assert f"`{word}`" in PAGE, word


def test_every_address_is_on_the_page():
    for pattern in urls.urlpatterns:
        assert f"/{str(pattern.pattern).partition('<')[0]}" in PAGE, pattern


def test_numbers_are_the_real_ones():
    assert f"{signed_urls.MINUTES} minutes" in PAGE
    assert f"fewer than {requests.FEWEST_STEPS} steps" in PAGE
    assert f"`high` is strength {requests.FIDELITY_STRENGTH['high']}" in PAGE
    assert f"A variation has strength {requests.VARIATION_STRENGTH}" in PAGE
    for name in ("high", "xhigh", "max"):
        assert f"{requests.QUALITIES[name]:g}" in PAGE
