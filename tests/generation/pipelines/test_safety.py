"""Safety checkers: a real detector and real (tiny) classifiers."""

import importlib.util

import pytest
import torch
from PIL import Image

from generation.pipelines.safety import CheckerUnavailable, Verdict, load_checker
from tests.support.tiny.classifier import save_classifier

RED, BLUE = (Image.new("RGB", (90, 60), colour) for colour in ("red", "blue"))


def test_a_classifier_in_a_folder_uses_its_own_labels(tmp_path):
    checker = load_checker(str(save_classifier(tmp_path / "reds")))
    red, blue = checker.check([RED, BLUE])
    assert red.score > 0.9 > 0.1 > blue.score
    assert red.labels == ("nsfw",)
    assert red.scores["nsfw"] == red.score
    assert sum(red.scores.values()) == pytest.approx(1)
    assert checker.check([]) == []
    assert checker.name == "reds"


def test_transparent_parts_are_classified_on_white(tmp_path):
    checker = load_checker(str(save_classifier(tmp_path / "reds")))
    hidden = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    assert checker.check([hidden])[0].score < 0.1
    assert checker.check([Image.new("RGBA", (64, 64), (255, 0, 0, 255))])[0].score > 0.9
    assert checker.check([Image.new("L", (1, 1), 128)])[0].score < 0.5


def test_an_unusable_checker_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(CheckerUnavailable, match="none of its labels"):
        load_checker(str(save_classifier(tmp_path / "pets", labels=("cat", "dog"))))
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckerUnavailable, match="no classifier could be loaded"):
        load_checker(str(tmp_path / "empty"))
    pickled = save_classifier(tmp_path / "pickled")
    weights = pickled / "model.safetensors"
    torch.save({}, pickled / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(CheckerUnavailable, match="no classifier could be loaded"):
        load_checker(str(pickled))


def test_the_setting_none_is_no_checker():
    assert load_checker("none") is None
    assert load_checker("") is None


@pytest.mark.skipif(not importlib.util.find_spec("nudenet"), reason="nudenet is not installed")
def test_nudenet_finds_nothing_in_plain_colours_and_says_so():
    checker = load_checker("nudenet")
    assert checker.check([RED, Image.new("RGBA", (33, 700), (1, 2, 3, 9))]) == [Verdict(0.0), Verdict(0.0)]


@pytest.mark.skipif(not importlib.util.find_spec("nudenet"), reason="nudenet is not installed")
def test_nudenet_counts_what_is_exposed_and_nothing_else(monkeypatch):
    checker = load_checker("nudenet")
    found = [("FACE_FEMALE", 0.99), ("BELLY_EXPOSED", 0.8), ("BUTTOCKS_EXPOSED", 0.4), ("FEMALE_BREAST_EXPOSED", 0.7)]
    monkeypatch.setattr(checker._detector, "detect", lambda _: [{"class": name, "score": sure} for name, sure in found])
    [verdict] = checker.check([RED])
    assert (verdict.score, verdict.labels) == (0.7, ("female_breast_exposed", "buttocks_exposed"))
    assert verdict.scores == {name.lower(): sure for name, sure in found}
