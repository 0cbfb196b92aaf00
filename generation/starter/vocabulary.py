"""Vocabulary of the starter checkpoint: what it can generate, each entry exactly as it may stand in a prompt.

By category: things are subjects; "colours" stand before one ("a blue fox"), "backgrounds", "scenes" and "styles" after
it ("a fox in the snow"). `export` writes the file together with the weights that it describes.
"""

import json
from pathlib import Path

VOCABULARY_FILE = Path(__file__).with_name("vocabulary.json")
VOCABULARY: dict[str, list[str]] = json.loads(VOCABULARY_FILE.read_text())
