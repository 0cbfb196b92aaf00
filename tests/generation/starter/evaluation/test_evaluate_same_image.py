"""The shipped checkpoint generates the same image on every machine as in reference images from another machine."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generation.starter import STARTER_LOCATION
from generation.starter.evaluation import evaluate

# After other weights: python -m tests.generation.starter.evaluation.test_evaluate_same_image
DRAWN = Path(__file__).parent / "drawn.png"
PROMPTS = ("a red heart", "a blue car", "a fox on a green background", "a penguin in the snow")


def generate_images(seed=evaluate.SEED):
    """Return the images of PROMPTS in a row."""
    images = evaluate.generate(evaluate.load(STARTER_LOCATION), PROMPTS, seeds=[seed] * len(PROMPTS), steps=12)
    return evaluate.make_contact_sheet(images, len(PROMPTS))


def difference(one, other):
    """Return the mean absolute difference of two images, of 255."""
    return float(np.abs(np.asarray(one).astype(int) - np.asarray(other).astype(int)).mean())


@pytest.fixture(scope="module")
def generated():
    """The images of this machine."""
    return generate_images()


def test_prompt_and_seed_give_the_reference_images_of_another_machine(generated):
    assert difference(generated, Image.open(DRAWN).convert("RGB")) < 0.5, (
        "processors round differently, no more than that"
    )


def test_another_seed_gives_another_image(generated):
    assert difference(generated, generate_images(seed=2)) > 2


if __name__ == "__main__":
    generate_images().save(DRAWN, optimize=True)
