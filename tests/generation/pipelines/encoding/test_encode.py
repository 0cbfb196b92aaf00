"""What prompts with weights, of any length and at any layer become, against hand arithmetic and the pipelines' own."""

import pytest
import torch

from generation.errors import GenerationError
from generation.parameters.prompts import BREAK, Piece, parse_attention
from generation.pipelines.encoding import encoded
from generation.pipelines.encoding.chunks import chunks
from generation.pipelines.encoding.families import get_encoder_kind
from generation.pipelines.encoding.native_encoders import token_weights
from tests.generation.pipelines.encoding.conftest import (
    FAMILIES,
    LONG,
    arguments_for,
    draw,
    draw_bare,
    requested,
)

pytestmark = pytest.mark.usefixtures("no_gradients")
PLAIN = "a red fox, at night: the owl's \u732b 100%"


@pytest.fixture
def no_gradients():
    with torch.no_grad():
        yield


def own_encoding(pipe, family, text):
    """Return what `encode_prompt` gives: embeddings, and the pooled text where there is one."""
    if family == "flux":
        embeds, pooled, _ = pipe.encode_prompt(text, None)
        return embeds[0], pooled[0]
    if family == "sd3":
        embeds, _, pooled, _ = pipe.encode_prompt(text, None, None, do_classifier_free_guidance=False)
        return embeds[0], pooled[0]
    given = pipe.encode_prompt(text, device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=False)
    return given[0][0], given[2][0] if family == "sdxl" else None


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("text", ["", PLAIN])
def test_an_unweighted_prompt_is_the_pipelines_own_encoding(pipes, family, text):
    pipe = pipes[family]
    embeds, pooled = own_encoding(pipe, family, text)
    found = get_encoder_kind(pipe).encode(pipe, parse_attention(text), 1)
    assert torch.equal(found.embeds, embeds)
    assert (found.pooled is None and pooled is None) or torch.equal(found.pooled, pooled)


def test_an_unweighted_prompt_of_the_starter_checkpoint_is_the_pipelines_own_encoding(cache, starter):
    pipe = cache.get(starter).pipe
    embeds, _ = own_encoding(pipe, "sd", "a fox in the snow")
    assert torch.equal(get_encoder_kind(pipe).encode(pipe, [Piece("a fox in the snow", 1.0)], 1).embeds, embeds)


@pytest.mark.parametrize("family", FAMILIES)
def test_where_nothing_is_asked_the_call_is_not_touched(pipes, family):
    images = [requested(family, PLAIN), requested(family, "an owl", negative_prompt="blurry")]
    given = arguments_for(family, images)
    with encoded(pipes[family], images, given) as arguments:
        assert arguments is given
        assert not pipes[family].components.get("unet", torch.nn.Identity())._forward_pre_hooks


@pytest.mark.parametrize("family", FAMILIES)
def test_a_weight_of_one_and_an_escape_change_no_bit(pipes, family):
    bare = draw_bare(pipes[family], family, "a red fox (at night)")
    assert torch.equal(draw(pipes[family], family, r"a (red fox:1.0) \(at night\)"), bare)


def by_hand(encoder, ids, weights, layer=None):
    """Multiply hidden states by their weights, then bring their mean back."""
    output = encoder(torch.tensor([ids]), output_hidden_states=True)
    states = output[0] if layer is None else output.hidden_states[layer]
    scaled = states * torch.tensor(weights).view(1, -1, 1)
    return (scaled * (states.mean() / scaled.mean()))[0]


def ids_and_weights(tokenizer, pieces):
    ids, weights = [tokenizer.bos_token_id], [1.0]
    for text, weight in pieces:
        own = tokenizer(text, add_special_tokens=False).input_ids
        ids, weights = ids + own, weights + [weight] * len(own)
    ids, weights = [*ids, tokenizer.eos_token_id], [*weights, 1.0]
    missing = tokenizer.model_max_length - len(ids)
    return ids + [tokenizer.pad_token_id] * missing, weights + [1.0] * missing


WEIGHTED = [("a ", 1.0), ("red", 1.5), (" fox ", 1.0), ("at night", 1 / 1.1)]
WEIGHTED_TEXT = "a (red:1.5) fox [at night]"


def test_weights_multiply_hidden_states_and_keep_their_mean(pipes):
    sd, sdxl = pipes["sd"], pipes["sdxl"]
    expected = by_hand(sd.text_encoder, *ids_and_weights(sd.tokenizer, WEIGHTED))
    found = get_encoder_kind(sd).encode(sd, parse_attention(WEIGHTED_TEXT), 1)
    assert torch.allclose(found.embeds, expected, atol=1e-6)
    pairs = ((sdxl.tokenizer, sdxl.text_encoder), (sdxl.tokenizer_2, sdxl.text_encoder_2))
    expected = torch.cat([by_hand(encoder, *ids_and_weights(t, WEIGHTED), layer=-2) for t, encoder in pairs], dim=-1)
    found = get_encoder_kind(sdxl).encode(sdxl, parse_attention(WEIGHTED_TEXT), 1)
    assert torch.allclose(found.embeds, expected, atol=1e-6)
    assert torch.equal(found.pooled, own_encoding(sdxl, "sdxl", "a red fox at night")[1])


def test_families_that_read_in_one_go_weigh_tokens_by_where_they_stand(pipes):
    tokenizer = pipes["flux"].tokenizer_2
    weights = token_weights(tokenizer, [Piece("a ", 1.0), Piece("fox", 2.0), BREAK, Piece("in", 3.0)], 8)
    tokens = tokenizer("a fox in").tokens()
    assert "".join(tokens) == "afoxin"
    expected = {"a": 1.0, "fox": 2.0, "in": 3.0}
    for token, weight in zip(tokens, weights, strict=False):
        assert weight == next(own for word, own in expected.items() if token in word)
    for family in ("sd3", "flux"):
        pipe = pipes[family]
        kind = get_encoder_kind(pipe)
        plain = kind.encode(pipe, [Piece("a red fox", 1.0)], 1)
        heavy = kind.encode(pipe, [Piece("a ", 1.0), Piece("red", 1.5), Piece(" fox", 1.0)], 1)
        assert torch.equal(heavy.pooled, plain.pooled)
        # All tokens keep their direction; the weighted one grew against the others.
        grown = heavy.embeds.norm(dim=-1) / plain.embeds.norm(dim=-1).clamp(min=1e-9)
        own = token_weights(pipe.tokenizer if family == "sd3" else tokenizer, parse_attention("a (red:1.5) fox"), 20)
        first = own.index(1.5)
        assert float(grown[first] / grown[0]) == pytest.approx(1.5, rel=1e-2 if family == "sd3" else 1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_weight_changes_the_picture(pipes, family):
    bare = draw_bare(pipes[family], family, "a red fox")
    assert not torch.equal(draw(pipes[family], family, "a (red:1.8) fox"), bare)


class TestChunks:
    """Prompts that are longer than an encoder reads at once."""

    @pytest.fixture
    def cut(self, pipes):
        pipe = pipes["sd"]
        return lambda text: [chunk.ids for chunk in chunks(pipe, pipe.tokenizer, parse_attention(text))]

    def tokens(self, pipes, text):
        return pipes["sd"].tokenizer(text, add_special_tokens=False).input_ids

    def test_75_tokens_are_one_chunk_and_76_two(self, pipes, cut):
        assert len(cut("fox " * 75)) == 1
        first, second = cut("fox " * 76)
        assert len(first) == len(second) == 77
        assert second[1:3] == [*self.tokens(pipes, "fox"), pipes["sd"].tokenizer.eos_token_id]

    def test_break_starts_a_chunk(self, pipes, cut):
        first, second = cut("a fox BREAK an owl")
        assert first[1:4] == [*self.tokens(pipes, "a fox"), pipes["sd"].tokenizer.eos_token_id]
        assert second[1:3] == self.tokens(pipes, "an owl")

    def test_a_chunk_ends_at_a_comma_that_is_near(self, pipes, cut):
        first, second = cut("fox " * 70 + ", " + "owl " * 10)
        assert first[72] == pipes["sd"].tokenizer.eos_token_id
        assert second[1:11] == self.tokens(pipes, "owl " * 10)
        first, _ = cut("fox " * 30 + ", " + "owl " * 60)
        assert pipes["sd"].tokenizer.eos_token_id not in first[:76]

    @pytest.mark.parametrize("family", ["sd", "sdxl"])
    def test_what_is_beyond_77_tokens_is_read(self, pipes, family):
        pipe = pipes[family]
        assert not torch.allclose(draw(pipe, family, LONG), draw_bare(pipe, family, LONG), atol=1e-3)
        found = get_encoder_kind(pipe).encode(pipe, [Piece(LONG, 1.0)], 1).embeds
        assert len(found) % 77 == 0
        assert len(found) > 77

    def test_vectors_of_one_textual_inversion_stay_together(self, pipes):
        from generation.pipelines.loading.single_file import clip_tokenizer

        class Pipe:
            def maybe_convert_prompt(self, text, tokenizer):
                return text.replace("<cat>", "<cat> <cat>_1 <cat>_2")

        tokenizer = clip_tokenizer()
        tokenizer.add_tokens(["<cat>", "<cat>_1", "<cat>_2"])
        vectors = tokenizer.convert_tokens_to_ids(["<cat>", "<cat>_1", "<cat>_2"])
        first, second = chunks(Pipe(), tokenizer, [Piece("fox " * 73, 1.0), Piece("<cat> owl", 1.3)])
        assert not set(vectors) & set(first.ids)
        assert second.ids[1:4] == vectors
        assert second.weights[:6] == [1.0, 1.3, 1.3, 1.3, 1.3, 1.0]


class TestClipSkip:
    """`clip_skip` counts layers from the end, 1 being the one the checkpoint reads by itself."""

    @pytest.fixture
    def deep(self):
        from transformers import CLIPTextConfig, CLIPTextModel

        torch.manual_seed(1)
        return CLIPTextModel(
            CLIPTextConfig(
                vocab_size=49408, hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=1
            )
        ).eval()

    def test_an_earlier_layer_goes_through_the_final_norm(self, pipes, deep, monkeypatch):
        pipe = pipes["sd"]
        monkeypatch.setattr(pipe, "text_encoder", deep)
        ids, _ = ids_and_weights(pipe.tokenizer, [("a fox", 1.0)])
        output = deep(torch.tensor([ids]), output_hidden_states=True)
        for clip_skip in (2, 3, 4):
            expected = deep.final_layer_norm(output.hidden_states[-clip_skip])[0]
            assert torch.equal(get_encoder_kind(pipe).encode(pipe, [Piece("a fox", 1.0)], clip_skip).embeds, expected)

    def test_sdxl_counts_as_diffusers_does(self, pipes, deep, monkeypatch):
        pipe = pipes["sdxl"]
        monkeypatch.setattr(pipe, "text_encoder", deep)
        monkeypatch.setattr(pipe.text_encoder_2.config, "num_hidden_layers", 3)
        expected = pipe.encode_prompt(
            "a fox", device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=False, clip_skip=1
        )[0]
        assert torch.equal(get_encoder_kind(pipe).encode(pipe, [Piece("a fox", 1.0)], 2).embeds, expected[0])

    def test_it_changes_the_picture(self, pipes):
        assert not torch.equal(draw(pipes["sd"], "sd", "a fox", clip_skip=2), draw(pipes["sd"], "sd", "a fox"))

    @pytest.mark.parametrize("family", ["sd", "sdxl", "sd3"])
    def test_a_layer_that_does_not_exist_is_refused(self, pipes, family):
        with pytest.raises(GenerationError, match="2 layers") as error:
            get_encoder_kind(pipes[family]).encode(pipes[family], [Piece("a fox", 1.0)], 3)
        assert error.value.code == "refused"


def test_a_prompt_that_cannot_be_is_refused_with_a_sentence(pipes):
    image = requested("sd", "a fox").model_copy(update={"prompt": "a (fox:1000)"})  # the counter would refuse it
    context = encoded(pipes["sd"], [image], arguments_for("sd", [image]))
    with pytest.raises(GenerationError, match=r"^Prompt weights must be") as error:
        context.__enter__()
    assert error.value.code == "refused"
