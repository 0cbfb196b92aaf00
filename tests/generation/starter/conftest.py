"""A work folder with a few made-up drawings in the layout of the npm packages."""

import json

import pytest
import torch

from generation.starter.dataset import artwork

SHAPES = {
    "red-circle": '<circle cx="16" cy="16" r="14" fill="#e02030"/>',
    "fox": '<path d="M2 2 L30 8 L16 30 Z" fill="#f08010"/>',
    "cat-face": '<rect x="4" y="6" width="24" height="20" fill="#ffcc33"/><circle cx="10" cy="14" r="3" fill="#222"/>',
    "ghost": '<ellipse cx="16" cy="16" rx="10" ry="14" fill="#c8c8d8"/>',
}
ROWS = [
    {"label": "fox", "hexcode": "1", "group": 3, "order": 1, "tags": ["animal", "reynard"]},
    {"label": "cat face", "hexcode": "2", "group": 3, "order": 2, "tags": ["animal", "kitty", ":3"]},
    {"label": "ghost", "hexcode": "3", "group": 0, "order": 3, "tags": ["spook"]},
    {"label": "red circle", "hexcode": "4", "group": 8, "order": 4, "tags": []},
    {"label": "man dancing", "hexcode": "5", "group": 1, "order": 5, "gender": 1},
    {"label": "input numbers", "hexcode": "6", "group": 8, "order": 6},
    {"label": "flag: Chad", "hexcode": "7", "group": 9, "order": 7},
]


@pytest.fixture(scope="session")
def work(tmp_path_factory):
    """The work folder; what is rendered and trained in it stays for the other tests."""
    folder = tmp_path_factory.mktemp("starter-training")
    names = folder / "node_modules" / "emojibase-data" / "en"
    (names / "shortcodes").mkdir(parents=True)
    (names / "data.json").write_text(json.dumps(ROWS))
    (names / "shortcodes" / "emojibase.json").write_text(json.dumps({"1": "fox", "2": ["cat", "kitten_face"]}))
    for style in (*artwork.STYLES, *artwork.UNSEEN_STYLES):
        pack = folder / "node_modules" / "@iconify-json" / style
        pack.mkdir(parents=True)
        icons = {name: {"body": body} for name, body in SHAPES.items() if name != "ghost" or style != "twemoji"}
        aliases = {"ghost": {"parent": "red-circle"}} if style == "twemoji" else {}
        (pack / "icons.json").write_text(json.dumps({"icons": icons, "aliases": aliases, "width": 32, "height": 32}))
    return folder


@pytest.fixture(scope="session")
def drawings(work):
    """The rendered artwork."""
    return artwork.render(work)


@pytest.fixture(autouse=True)
def _threads():
    """Restore the number of threads, which trainings set."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
