"""The walk through folders of weights: links, bounds, and folders that are one checkpoint or part."""

import pytest

from generation.weights.recognition.tree import Walk, is_one_of_weights
from tests.support.model_trees import write_header


def test_links_are_followed_once_and_loops_are_told(tmp_path):
    write_header(tmp_path / "real" / "style.safetensors", {"emb_params": (3, 768)})
    (tmp_path / "again").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "up").symlink_to(tmp_path)
    (tmp_path / "real" / "same.safetensors").symlink_to(tmp_path / "real" / "style.safetensors")
    (tmp_path / "lost.safetensors").symlink_to(tmp_path / "nowhere")
    found = [(one.path.name, one.refused.code if one.refused else "") for one in Walk().through(tmp_path)]
    assert sorted(found) == [("lost.safetensors", "unreadable"), ("same.safetensors", ""), ("up", "link_loop")]


def test_a_walk_ends_at_its_bounds(tmp_path):
    for number in range(4):
        (tmp_path / f"{number}.safetensors").touch()
    (tmp_path / "z").mkdir()
    for walk in (Walk(most_files=2), Walk(most_entries=2)):
        codes = [one.refused.code if one.refused else "" for one in walk.through(tmp_path)]
        assert codes == ["", "", "too_many_files"]


@pytest.mark.parametrize(
    ("name", "text", "is_one"),
    [
        ("model_index.json", "{}", True),
        ("config.json", '{"_class_name": "AutoencoderKL"}', True),
        ("config.json", '{"model_type": "t5"}', True),
        ("config.json", '{"sd_model_checkpoint": "x"}', False),  # the settings of A1111
        ("config.json", "{", False),
    ],
)
def test_a_config_that_names_a_class_makes_a_folder_one(tmp_path, name, text, is_one):
    (tmp_path / name).write_text(text)
    assert is_one_of_weights(tmp_path) is is_one
