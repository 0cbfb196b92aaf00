"""The starter checkpoint that ships with the site: its location, defaults and descriptions.

Constants only; nothing here imports torch. `README.md` is its model card, `vocabulary.py` the words it knows.
"""

from pathlib import Path

STARTER_SLUG = "starter"
STARTER_TITLE = "Starter"
STARTER_SUMMARY = "Small emoji-like images of more than a thousand things, generated in a second on a CPU."
STARTER_LOCATION = Path(__file__).parent / "model"
UPSCALER_FILE = "upscaler/starter-x4.safetensors"  # relative to the parent of the checkpoint's folder
UPSCALER_SLUG = "starter-x4"
UPSCALER_TITLE = "Flat artwork 4x"
UPSCALER_SUMMARY = "Upscales four times with sharp edges; for flat artwork such as the starter checkpoint's."
STARTER_FAMILY = "sd"
STARTER_SIZES: tuple[tuple[int, int], ...] = ((128, 128),)
STARTER_STEPS = 12
STARTER_GUIDANCE_SCALE = 3.0
STARTER_SAMPLER = "dpmpp_2m"
STARTER_SCHEDULE = "normal"
STARTER_LICENCE = "Apache-2.0, MIT and CC-BY 4.0 artwork, see generation/starter/NOTICE"
