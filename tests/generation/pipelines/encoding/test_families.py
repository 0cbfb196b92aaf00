"""An unweighted prompt is encoded as the pipeline itself encodes it."""

import pytest
import torch

from generation.parameters.prompts import parse_attention
from generation.pipelines.encoding.families import get_encoder_kind
from tests.generation.pipelines.encoding.conftest import (
    FAMILIES,
    own_encoding,
)

pytestmark = pytest.mark.usefixtures("no_gradients")


PLAIN = "a red fox, at night: the owl's \u732b 100%"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("text", ["", PLAIN])
def test_an_unweighted_prompt_is_the_pipelines_own_encoding(pipes, family, text):
    pipe = pipes[family]
    embeds, pooled = own_encoding(pipe, family, text)
    found = get_encoder_kind(pipe).encode(pipe, parse_attention(text), 1)
    assert torch.equal(found.embeds, embeds)
    assert (found.pooled is None and pooled is None) or torch.equal(found.pooled, pooled)
