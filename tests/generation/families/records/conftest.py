"""What every family is asked for beside the images of bare calls."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from generation.errors import GenerationCancelled, GenerationError
from generation.families import FAMILIES
from generation.parameters.validators import FieldRefused
from generation.pipelines.latents.packing import pack
from generation.pipelines.latents.scale import add_frames, get_token_scale, scale, without_frames
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import choose_device
from generation.pipelines.previews.latent_rgb import get_latent_to_rgb
from generation.weights.sources import CheckpointSource, WeightsSource
from tests.generation.pipelines.conftest import Recorder
from tests.support import kinds_of_jobs
from tests.support.tiny import adapters, checkpoints


class Checked:
    """One tiny checkpoint of a family, and what is asked of it."""

    def __init__(self, key, root):
        self.key, self.root = key, root
        self.source = CheckpointSource(key, "folder", str(checkpoints.save_folder(key, root / key)))
        self.cache = PipelineCache(choose_device("cpu"), 2**30)

    def images(self, hooks=None, *, assets=None, steps=2, **requested):
        hooks = hooks or Recorder()
        return kinds_of_jobs.run(self.source, requested, hooks, assets=assets, cache=self.cache, steps=steps)

    def pixels(self, **requested):
        return np.asarray(self.images(**requested)[0]).astype(int)

    def lora(self):
        path = adapters.peft_lora(self.key, self.root / "lora.safetensors")
        return {("lora", "toy"): WeightsSource("lora", "toy", path, family=self.key)}

    def check_previews_and_cancelling(self):
        hooks = Recorder()
        self.images(hooks, steps=3, preview={"every": 1})
        assert {step for _, step in hooks.previews} == {1, 2, 3}
        hooks = Recorder(cancel_at=1)
        with pytest.raises(GenerationCancelled):
            self.images(hooks, steps=3)
        assert hooks.progress == [(1, 3)]

    def check_batches(self, most=2):
        """An image is the same alone and in a batch, but for rounding; a second run gives the same bits."""
        together = [np.asarray(one).astype(int) for one in self.images(seed=5, count=2)]
        assert (together[0] == self.pixels(seed=5, count=2)).all()
        assert np.abs(together[1] - self.pixels(seed=6)).max() <= most
        assert np.abs(together[0] - together[1]).max() > most

    def check_companions(self, most=2):
        """Texts of other lengths in the batch change an image only by rounding."""
        texts = ["a fox in the snow", "owl"]
        together = self.images(prompt="ignored", image_prompts=texts, count=2, seed=3)
        for number, text in enumerate(texts):
            alone = self.pixels(prompt=text, seed=3 + number)
            assert np.abs(np.asarray(together[number]).astype(int) - alone).max() <= most

    def check_plain_prompts(self):
        """Brackets stay as they are, tags of LoRA do not, and what the prompt language alone means is refused."""
        assert (self.pixels(prompt="a [fox] (in the snow)") != self.pixels(prompt="a fox in the snow")).any()
        tagged = self.pixels(prompt="a fox <lora:toy:0>", loras=[{"name": "toy", "weight": 0}], assets=self.lora())
        assert (tagged == self.pixels(prompt="a fox ")).all()
        for text in ("a (red:1.4) heart", "a [red:blue:0.5] heart", "a fox AND an owl"):
            with pytest.raises(GenerationError, match="This checkpoint reads plain text"):
                self.images(prompt=text)

    def check_hires(self):
        """Both ways to a larger image work: by latents and by pixels."""
        for upscaler in ("latent", "lanczos"):
            [image] = self.images(hires={"scale": 1.5, "upscaler": upscaler, "strength": 0.6})
            assert image.size == (96, 96)
            assert np.asarray(image).std() > 1

    def check_lora(self):
        before, lora = self.pixels(), self.lora()
        changed = self.pixels(assets=lora, loras=[{"name": "toy", "weight": 1.0}])
        assert np.abs(changed - before).max() > 2
        assert (self.pixels() == before).all()

    def check_autoencoder(self):
        own = type(self.cache.get(self.source).pipe.vae).__name__
        assert own == FAMILIES[self.key].latents.autoencoder
        path = self.root / "vae"
        asset = {("vae", "toy"): WeightsSource("vae", "toy", path, family=self.key)}
        with pytest.raises(GenerationError, match="takes no other autoencoder"):
            self.images(assets=asset, vae="toy")

    def check_sizes(self):
        with pytest.raises(FieldRefused, match="width must be a multiple of 16"):
            self.images(width=72, height=64)

    def preview_error(self):
        """Return how far a preview of a held-out image's latents is from it, as a share of a plain mean's error.

        A random encoder keeps little of an image: with the families that real autoencoders were tried with, the tiny
        ones give 0.88 to 1.1.
        """
        loaded, form = self.cache.get(self.source), FAMILIES[self.key].latents
        converter, image = get_latent_to_rgb(loaded), held_out()
        pixels = torch.from_numpy(np.asarray(image, dtype=np.float32).transpose(2, 0, 1) / 127.5 - 1)[None]
        vae = loaded.pipe.vae
        with torch.no_grad():
            found = vae.encode(add_frames(pixels, form))
            raw = without_frames(found.latent_dist.mean, form)
        latents = scale(vae, raw, form)
        if form.patch > 1:
            latents = pack(latents)
            factors = get_token_scale(vae, form)
            if factors:  # as the pipeline has them: each number of a token by its own statistics
                latents = (latents - torch.from_numpy(factors["shift"])) / torch.from_numpy(factors["factor"])
        [shown] = converter.to_pixels(latents.numpy(), size=image.size, longest=128)
        true = np.asarray(image, dtype=float)
        plain = np.abs(true - true.mean(axis=(0, 1))).mean()
        return np.abs(np.asarray(shown, dtype=float) - true).mean() / plain


def held_out():
    """Return an image that no matrix was fitted to: three bands of colour and two shapes."""
    image = Image.new("RGB", (128, 128), (40, 90, 160))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 64, 128, 128), fill=(200, 170, 60))
    draw.ellipse((16, 16, 72, 72), fill=(220, 40, 40))
    draw.rectangle((80, 40, 120, 110), fill=(20, 140, 60))
    return image


@pytest.fixture(scope="module")
def checked(request, tmp_path_factory):
    """The tiny checkpoint of the family that the module's `KEY` names."""
    return Checked(request.module.KEY, tmp_path_factory.mktemp("family"))
