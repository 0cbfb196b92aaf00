"""The small checkpoint that ships with the site: where it lies and what it is good at.

Constants only; nothing here imports torch. `README.md` is its model card, `vocabulary.py` what one can ask of it.
"""

from pathlib import Path

STARTER_SLUG = "starter"
STARTER_TITLE = "Starter"
STARTER_SUMMARY = "Small emoji-like pictures of more than a thousand things, drawn in a second on a CPU."
STARTER_LOCATION = Path(__file__).parent / "model"
UPSCALER_FILE = "upscaler/starter-x4.safetensors"  # beside the checkpoint's folder
UPSCALER_SLUG = "starter-x4"
UPSCALER_TITLE = "Flat artwork 4x"
UPSCALER_SUMMARY = "Four times larger, with edges redrawn; for flat artwork such as the starter checkpoint's."
STARTER_FAMILY = "sd"
STARTER_SIZES: tuple[tuple[int, int], ...] = ((128, 128),)
STARTER_STEPS = 12
STARTER_GUIDANCE_SCALE = 3.0
STARTER_SAMPLER = "dpmpp_2m"
STARTER_SCHEDULE = "normal"
STARTER_LICENCE = "Apache-2.0, MIT and CC-BY 4.0 artwork, see generation/starter/NOTICE"
