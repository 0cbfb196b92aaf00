"""Prompts beyond one context are split into chunks."""

import pytest
import torch

from generation.parameters.prompts import Piece, parse_attention
from generation.pipelines.encoding.chunks import split_into_chunks
from generation.pipelines.encoding.families import get_encoder_kind
from tests.generation.pipelines.encoding.conftest import (
    LONG,
    generate,
    generate_bare,
)

pytestmark = pytest.mark.usefixtures("no_gradients")


class TestChunks:
    """Prompts that are longer than an encoder reads at once."""

    @pytest.fixture
    def cut(self, pipes):
        pipe = pipes["sd"]
        return lambda text: [chunk.ids for chunk in split_into_chunks(pipe, pipe.tokenizer, parse_attention(text))]

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
        assert not torch.allclose(generate(pipe, family, LONG), generate_bare(pipe, family, LONG), atol=1e-3)
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
        first, second = split_into_chunks(Pipe(), tokenizer, [Piece("fox " * 73, 1.0), Piece("<cat> owl", 1.3)])
        assert not set(vectors) & set(first.ids)
        assert second.ids[1:4] == vectors
        assert second.weights[:6] == [1.0, 1.3, 1.3, 1.3, 1.3, 1.0]
