"""What one can ask of the starter checkpoint: each entry exactly as it may stand in a prompt.

`THINGS` by category are subjects; `COLOURS` stand before one ("a blue fox"), the others are endings that follow one ("a
fox in the snow"). `export` writes the things down from the artwork they were learned from.
"""

import json
from pathlib import Path

from generation.starter.captions import BACKGROUND_COLOURS, EFFECT_ENDINGS, SCENES, STYLE_WORDS, TINTS

THINGS_FILE = Path(__file__).with_name("things.json")
THINGS: dict[str, list[str]] = json.loads(THINGS_FILE.read_text())

COLOURS: tuple[str, ...] = TINTS
BACKGROUNDS: tuple[str, ...] = tuple(
    f"on {'an' if colour == 'orange' else 'a'} {colour} background" for colour in BACKGROUND_COLOURS
)
STYLES: tuple[str, ...] = (*(f"in {words[0]}" for words in STYLE_WORDS.values()), *EFFECT_ENDINGS.values())

__all__ = ["BACKGROUNDS", "COLOURS", "SCENES", "STYLES", "THINGS"]
