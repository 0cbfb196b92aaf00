"""CLIP and SigLIP models told from other folders by their config, tensors and files."""

import json

import pytest

from generation.errors import GenerationError
from generation.weights.adapter_inspection import inspect_weights
from tests.support.adapter_files import write_weights
from tests.support.tiny.search_models import save_clip, save_siglip


@pytest.mark.parametrize(("save", "meta"), [(save_clip, ("CLIP", 8)), (save_siglip, ("SigLIP", 16))])
def test_both_kinds_are_known(tmp_path, save, meta):
    found = inspect_weights("search_model", save(tmp_path / "model"))
    assert (found.kind, found.family, *found.meta.values()) == ("search_model", "", *meta)
    assert found.size_bytes > 0


@pytest.mark.parametrize(
    ("file", "says"), [("preprocessor_config.json", "how images are prepared"), ("tokenizer.json", "reads words")]
)
def test_a_missing_file_is_named(tmp_path, file, says):
    folder = save_clip(tmp_path / "model")
    (folder / file).unlink()
    with pytest.raises(GenerationError, match=says) as refused:
        inspect_weights("search_model", folder)
    assert refused.value.code == "adapter_invalid"


def test_a_part_of_a_model_and_other_weights_are_refused(tmp_path):
    folder = save_clip(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config["vision_config"], "model_type": "clip_vision_model"}))
    for path in (folder, write_weights(tmp_path / "some.safetensors", "lora")):
        with pytest.raises(GenerationError, match="not a CLIP or SigLIP model"):
            inspect_weights("search_model", path)


def test_tensors_that_compare_are_needed(tmp_path):
    folder = save_siglip(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "clip"}))
    with pytest.raises(GenerationError, match="lacks visual_projection"):
        inspect_weights("search_model", folder)
