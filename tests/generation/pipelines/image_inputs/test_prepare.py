"""Generation from input images through `generate`, as workers call it."""

import numpy as np
import pytest
from diffusers import StableDiffusionInpaintPipeline, StableDiffusionPipeline
from PIL import Image

from generation.errors import GenerationError
from generation.parameters.nested import Outpaint
from generation.pipelines.generate import generate
from generation.pipelines.protocol import InputImages, Part, Timings
from generation.weights.sources import CheckpointSource
from tests.generation.pipelines.conftest import Recorder, ask
from tests.support.tiny import checkpoints as tiny

ALIKE = "upload:00000000-0000-4000-8000-000000000000"
INIT = Image.effect_noise((64, 64), 60).convert("RGB")
MASK = Image.new("L", (64, 64), 0)
MASK.paste(255, (24, 16, 56, 48))
NO_MASK = Image.new("L", (64, 64), 0)


def part(source, *, init=INIT, mask=MASK, count=1, **fields):
    named = {"init_image": ALIKE, "mask_image": ALIKE.replace("0", "1") if mask else None}
    parameters = ask(source, count=count, **{"strength": 0.5, "mask_blur": 0, **named, **fields})
    return Part(parameters, tuple(range(count)), Recorder(), InputImages(init=init, mask=mask))


def run(cache, source, *parts):
    return generate(source, list(parts), timings=Timings(), cache=cache)


def pixels(image):
    return np.asarray(image).astype(int)


@pytest.mark.parametrize("family", ["sd", "flux"])
def test_inpainting_changes_what_is_masked_and_nothing_else(checkpoints, cache, family):
    one = part(checkpoints[family])
    [[image]] = run(cache, checkpoints[family], one)
    masked = pixels(MASK) == 255
    assert (pixels(image.image)[~masked] == pixels(INIT)[~masked]).all()
    assert (pixels(image.image)[masked] != pixels(INIT)[masked]).any()
    assert one.hooks.progress[-1] == (2, 2)


@pytest.mark.parametrize("family", ["sd", "flux"])
def test_outpainting_extends_the_image(checkpoints, cache, family):
    one = part(checkpoints[family], mask=None, outpaint=Outpaint(right=32, top=16), width=96, height=80, strength=1.0)
    [[image]] = run(cache, checkpoints[family], one)
    assert image.image.size == (96, 80)
    assert image.image.crop((0, 16, 64, 80)).tobytes() == INIT.tobytes()


def test_jobs_with_different_init_images_share_a_call(checkpoints, cache):
    source = checkpoints["sd"]
    other = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    mine, theirs = part(source, seed=4, count=2), part(source, seed=8, init=other)
    [first, second], [third] = run(cache, source, mine, theirs)
    assert {image.batch_size for image in (first, second, third)} == {3}
    kept = pixels(MASK) == 0
    assert (pixels(third.image)[kept] == pixels(other)[kept]).all()
    [again], [_, last] = run(cache, source, theirs, mine)
    assert again.image.tobytes() == third.image.tobytes()
    assert last.image.tobytes() == second.image.tobytes()


def test_an_empty_mask_returns_its_init_image_and_does_not_affect_other_parts(checkpoints, cache):
    source = checkpoints["sd"]
    [kept], [other] = run(cache, source, part(source, mask=NO_MASK), part(source))
    assert kept.image.tobytes() == INIT.tobytes()
    assert other.image.tobytes() != INIT.tobytes()


def test_text_to_image_afterwards_gives_the_same_image_as_before(checkpoints, cache):
    source = checkpoints["sd"]
    plain = Part(ask(source), (0,), Recorder())
    [[before]] = run(cache, source, plain)
    run(cache, source, part(source, noise_multiplier=0.5))
    [[after]] = run(cache, source, plain)
    assert before.image.tobytes() == after.image.tobytes()


def changed(part, **config):
    """Return an untrained part like `part` but for `config`."""
    same = {name: value for name, value in part.config.items() if not name.startswith("_")}
    return type(part)(**{**same, **config}).eval()


@pytest.fixture(scope="module")
def inpainting(tmp_path_factory):
    """A tiny checkpoint with the 9 channels of inpainting checkpoints."""
    base = tiny.sd_pipeline()
    unet = changed(base.unet, in_channels=9)
    pipe = StableDiffusionInpaintPipeline(
        **{**base.components, "unet": unet, "safety_checker": None}, requires_safety_checker=False
    )
    folder = tmp_path_factory.mktemp("inpainting") / "sd"
    pipe.save_pretrained(folder)
    return CheckpointSource("sd", "folder", str(folder))


def test_inpainting_checkpoints_refuse_other_tasks(inpainting, cache):
    [[image]] = run(cache, inpainting, part(inpainting))
    kept = pixels(MASK) == 0
    assert (pixels(image.image)[kept] == pixels(INIT)[kept]).all()
    with pytest.raises(GenerationError, match="made for inpainting alone"):
        run(cache, inpainting, part(inpainting, mask=None, task="image_to_image"))
    with pytest.raises(GenerationError, match="made for inpainting alone"):
        run(cache, inpainting, Part(ask(inpainting), (0,), Recorder()))


@pytest.fixture(scope="module")
def of_many_channels(tmp_path_factory):
    """A tiny checkpoint whose latents have 12 channels instead of the usual 4."""
    base = tiny.sd_pipeline()
    unet, vae = changed(base.unet, in_channels=12, out_channels=12), changed(base.vae, latent_channels=12)
    pipe = StableDiffusionPipeline(**{**base.components, "unet": unet, "vae": vae}, requires_safety_checker=False)
    folder = tmp_path_factory.mktemp("channels") / "sd"
    pipe.save_pretrained(folder)
    return CheckpointSource("sd", "folder", str(folder))


def test_latents_may_have_any_number_of_channels(of_many_channels, cache):
    [[image]] = run(cache, of_many_channels, part(of_many_channels))
    kept = pixels(MASK) == 0
    assert (pixels(image.image)[kept] == pixels(INIT)[kept]).all()
    assert (pixels(image.image) != pixels(INIT)).any()
    [[image]] = run(cache, of_many_channels, part(of_many_channels, mask=None, task="image_to_image"))
    assert image.image.size == INIT.size
    hooks = Recorder()
    [[image]] = run(cache, of_many_channels, Part(ask(of_many_channels), (0,), hooks))
    assert image.image.size == (64, 64)
    assert cache.get(of_many_channels).pipe.unet.config.in_channels == 12
