"""What one can ask of the starter checkpoint that ships: each entry exactly as it may stand in a prompt.

By category: things are subjects; "colours" stand before one ("a blue fox"), "backgrounds", "scenes" and "styles" behind
it ("a fox in the snow"). `export` writes the file beside the weights that it is true of.
"""

import json
from pathlib import Path

VOCABULARY_FILE = Path(__file__).with_name("vocabulary.json")
VOCABULARY: dict[str, list[str]] = json.loads(VOCABULARY_FILE.read_text())
