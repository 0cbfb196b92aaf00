"""Encoding prompts of any length, with weights, against the pipelines' own encodings."""

import pytest
import torch

from generation.errors import GenerationError
from generation.parameters.prompts import Piece
from generation.pipelines.encoding import encode_prompts
from generation.pipelines.encoding.families import get_encoder_kind
from tests.generation.pipelines.encoding.conftest import (
    FAMILIES,
    arguments_for,
    generate,
    generate_bare,
    own_encoding,
    requested,
)

pytestmark = pytest.mark.usefixtures("no_gradients")


PLAIN = "a red fox, at night: the owl's \u732b 100%"


def test_an_unweighted_prompt_of_the_starter_checkpoint_is_the_pipelines_own_encoding(cache, starter):
    pipe = cache.get(starter).pipe
    embeds, _ = own_encoding(pipe, "sd", "a fox in the snow")
    assert torch.equal(get_encoder_kind(pipe).encode(pipe, [Piece("a fox in the snow", 1.0)], 1).embeds, embeds)


@pytest.mark.parametrize("family", FAMILIES)
def test_without_syntax_the_call_is_not_changed(pipes, family):
    images = [requested(family, PLAIN), requested(family, "an owl", negative_prompt="blurry")]
    given = arguments_for(family, images)
    with encode_prompts(pipes[family], images, given) as arguments:
        assert arguments is given
        assert not pipes[family].components.get("unet", torch.nn.Identity())._forward_pre_hooks


@pytest.mark.parametrize("family", FAMILIES)
def test_a_weight_of_one_and_an_escape_change_no_bit(pipes, family):
    bare = generate_bare(pipes[family], family, "a red fox (at night)")
    assert torch.equal(generate(pipes[family], family, r"a (red fox:1.0) \(at night\)"), bare)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_weight_changes_the_image(pipes, family):
    bare = generate_bare(pipes[family], family, "a red fox")
    assert not torch.equal(generate(pipes[family], family, "a (red:1.8) fox"), bare)


def test_an_impossible_prompt_is_refused_with_a_sentence(pipes):
    image = requested("sd", "a fox").model_copy(
        update={"prompt": "a (fox:1000)"}
    )  # the request's validation would refuse it
    context = encode_prompts(pipes["sd"], [image], arguments_for("sd", [image]))
    with pytest.raises(GenerationError, match=r"^Prompt weights must be") as error:
        context.__enter__()
    assert error.value.code == "refused"
