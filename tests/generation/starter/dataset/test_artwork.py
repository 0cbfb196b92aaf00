"""The artwork: things with names and words, exact versions, drawings in every style."""

import json
import os
import re

import numpy as np

from generation.starter.dataset import artwork as data
from generation.starter.vocabulary import VOCABULARY_FILE


def test_things_come_with_names_words_and_categories(work):
    found = {thing.name: thing for thing in data.things(work)}
    assert set(found) == {"fox", "cat face", "ghost", "red circle"}, "no flags, doubles or letters in boxes"
    assert found["cat face"].words == ("cat", "kitten face", "animal", "kitty")
    assert found["cat face"].codes == ("cat", "kitten face")
    assert found["cat face"].category == "animals and nature"


def test_every_package_is_fetched_in_one_exact_version(tmp_path, monkeypatch):
    npm = tmp_path / "npm"
    npm.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    data.fetch(tmp_path / "work")
    packages = [word for word in (tmp_path / "asked").read_text().split() if "emoji" in word or "iconify" in word]
    assert len(packages) == len(data.STYLES) + len(data.UNSEEN_STYLES) + 1
    assert all(re.search(r"@\d+\.\d+\.\d+$", package) for package in packages)


def test_drawings_are_rendered_in_every_style_and_kept(work, artwork):
    assert len(artwork.icons) == 4 * len(data.STYLES), "an alias stands for its parent"
    assert artwork.icons.shape[1:] == (data.SIDE, data.SIDE, 4)
    circle = artwork.icons[(artwork.thing == 3) & (artwork.style == 0)][0]
    assert tuple(circle[64, 64]) == (224, 32, 48, 255)
    assert circle[1, 1, 3] == 0, "what nothing was drawn on is transparent"
    assert np.array_equal(data.render(work).icons, artwork.icons)


def thing(name, words, codes=()):
    """Return a thing of which only names matter."""
    return data.Thing(name, words, "things", name.replace(" ", "-"), codes)


def test_common_words_are_codes_of_things_that_there_are(work, monkeypatch):
    known = {name for names in json.loads(VOCABULARY_FILE.read_text()).values() for name in names}
    assert set(data.ALSO_CALLED.values()) <= known
    assert not known & set(data.ALSO_CALLED), "a name of one thing is not given to another"
    monkeypatch.setitem(data.ALSO_CALLED, "spirit", "ghost")
    ghost = next(one for one in data.things(work) if one.name == "ghost")
    assert ghost.codes == ("spirit",)
    assert ghost.words == ("spirit", "spook")
