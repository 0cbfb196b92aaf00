"""Embeddings: which text encoder each list of vectors is for."""

import pytest

from generation.errors import GenerationError
from generation.weights.embedding_names import family, is_embedding, vectors


@pytest.mark.parametrize(
    ("shapes", "found", "of"),
    [
        ({"emb_params": (2, 768)}, {"text_encoder": "emb_params"}, "sd"),
        ({"emb_params": (2, 1024), "name": (1,)}, {"text_encoder": "emb_params"}, "sd"),
        ({"clip_l": (2, 768), "clip_g": (3, 1280)}, {"text_encoder": "clip_l", "text_encoder_2": "clip_g"}, "sdxl"),
        ({"clip_g": (2, 1280)}, {"text_encoder_2": "clip_g"}, "sdxl"),
        ({"clip_l": (768,)}, {"text_encoder": "clip_l"}, "sdxl"),
        ({"<toy>": (768,)}, {"text_encoder": "<toy>"}, "sd"),
        ({"<toy>": (4, 1280)}, {"text_encoder_2": "<toy>"}, "sdxl"),
    ],
)
def test_vectors_by_text_encoder(shapes, found, of):
    assert is_embedding(shapes)
    assert vectors(shapes, "x") == found
    assert family(found, shapes) == of


@pytest.mark.parametrize(
    "shapes",
    [{"clip_l": (2, 768), "t5": (2, 4096)}, {"emb_params": (2, 768), "emb_params_out": (2, 768)}, {"emb_params": ()}],
)
def test_vectors_that_no_text_encoder_takes_are_refused(shapes):
    with pytest.raises(GenerationError) as caught:
        vectors(shapes, "x")
    assert caught.value.code == "adapter_invalid"


def test_other_files_are_no_embeddings():
    assert not is_embedding({"a": (2, 2), "b": (2, 2)})
    assert not is_embedding({"a": (2, 2, 3)})
