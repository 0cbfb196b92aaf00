"""The artwork: things with names and words, exact versions, drawings in every style."""

import json
import os
import re

import numpy as np

from generation.starter.dataset import artwork
from generation.starter.vocabulary import VOCABULARY_FILE


def test_things_come_with_names_words_and_categories(work):
    found = {thing.name: thing for thing in artwork.load_things(work)}
    assert set(found) == {"fox", "cat face", "ghost", "red circle"}, "no flags, doubles or letters in boxes"
    assert found["cat face"].words == ("cat", "kitten face", "animal", "kitty")
    assert found["cat face"].codes == ("cat", "kitten face")
    assert found["cat face"].category == "animals and nature"


def test_every_package_is_fetched_in_one_exact_version(tmp_path, monkeypatch):
    npm = tmp_path / "npm"
    npm.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    artwork.fetch(tmp_path / "work")
    packages = [word for word in (tmp_path / "asked").read_text().split() if "emoji" in word or "iconify" in word]
    assert len(packages) == len(artwork.STYLES) + len(artwork.UNSEEN_STYLES) + 1
    assert all(re.search(r"@\d+\.\d+\.\d+$", package) for package in packages)


def test_drawings_are_rendered_in_every_style_and_kept(work, drawings):
    assert len(drawings.icons) == 4 * len(artwork.STYLES), "an alias stands for its parent"
    assert drawings.icons.shape[1:] == (artwork.SIDE, artwork.SIDE, 4)
    circle = drawings.icons[(drawings.thing == 3) & (drawings.style == 0)][0]
    assert tuple(circle[64, 64]) == (224, 32, 48, 255)
    assert circle[1, 1, 3] == 0, "what nothing was drawn on is transparent"
    assert np.array_equal(artwork.render(work).icons, drawings.icons)


def thing(name, words, codes=()):
    """Return a thing of which only names matter."""
    return artwork.Thing(name, words, "things", name.replace(" ", "-"), codes)


def test_common_words_are_codes_of_existing_things(work, monkeypatch):
    known = {name for names in json.loads(VOCABULARY_FILE.read_text()).values() for name in names}
    assert set(artwork.ALSO_CALLED.values()) <= known
    assert not known & set(artwork.ALSO_CALLED), "a name of one thing is not given to another"
    monkeypatch.setitem(artwork.ALSO_CALLED, "spirit", "ghost")
    ghost = next(one for one in artwork.load_things(work) if one.name == "ghost")
    assert ghost.codes == ("spirit",)
    assert ghost.words == ("spirit", "spook")
