"""Decoding: one image at a time on an accelerator, tiles by bytes, and a second try before a run is lost."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from PIL import Image

from generation.errors import GenerationError
from generation.pipelines import decode
from generation.pipelines.decode import Decoding
from generation.pipelines.generate import generate
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.load import load
from generation.pipelines.protocol import InputImages, Part, Timings
from tests.generation.pipelines.conftest import Recorder, ask
from tests.support.fake_accelerator import fake_accelerator

CPU = Device("cpu", torch.float32)
GIB = 2**30
INIT = Image.effect_noise((64, 64), 60).convert("RGB")
ANY = "upload:00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Accelerator(Device):
    """A device that computes on the CPU, says that it is an accelerator, and has `free` bytes."""

    free: int = 80 * GIB
    kind = "cuda"

    def free_bytes(self):
        return self.free

    def empty_cache(self):
        pass

    def synchronize(self):
        pass


def on_accelerator(source, free=80 * GIB):
    """Return the checkpoint of `source`, loaded as on an accelerator, and a cache that holds it."""
    loaded = replace(load(source, CPU), device=Accelerator("cpu", torch.float32, free=free))
    return loaded, PipelineCache(CPU, 2**30, loader=lambda source, device: loaded)


def run(source, cache, indices=(0,), hooks=None, **requested):
    part = Part(ask(source, **{"steps": 1, **requested}), tuple(indices), hooks or Recorder())
    [generated] = generate(source, [part], timings=Timings(), cache=cache)
    if isinstance(generated, GenerationError):
        raise generated
    return generated


def pixels(image):
    return np.asarray(image.image).astype(int)


class Watched:
    """Records the latents that reach the decoder of an autoencoder; the first `fail` calls run out of memory."""

    def __init__(self, vae, fail=0):
        self.shapes, self.dtypes, self.tiles, self._left = [], [], [], fail
        self._vae, self._decode = vae, vae.decode
        vae.decode = self

    def __call__(self, latents, **options):
        self.shapes.append(tuple(latents.shape))
        self.dtypes.append(latents.dtype)
        self.tiles.append(self._vae.tile_sample_min_size if self._vae.use_tiling else 0)
        if len(self.shapes) <= self._left:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self._decode(latents, **options)


def overflow(vae, by=1e6):
    """Make `vae` overflow in half precision; norms make up for it in single precision."""
    with torch.no_grad():
        for parameter in vae.decoder.conv_in.parameters():
            parameter.mul_(min(by, 60_000 / float(parameter.abs().max())))


def settings_of(vae):
    return vae.dtype, vae.use_tiling, vae.use_slicing, vae.tile_sample_min_size, vae.tile_latent_min_size


@pytest.mark.parametrize("family", ["sd", "sdxl", "flux"])
def test_an_accelerator_decodes_one_image_at_a_time(checkpoints, cache, family):
    loaded, own = on_accelerator(checkpoints[family])
    before, watched = settings_of(loaded.pipe.vae), Watched(loaded.pipe.vae)
    generated = run(checkpoints[family], own, range(3))
    assert [shape[0] for shape in watched.shapes] == [1, 1, 1]
    for image, together in zip(generated, run(checkpoints[family], cache, range(3)), strict=True):
        assert np.abs(pixels(image) - pixels(together)).max() <= 1
    assert settings_of(loaded.pipe.vae) == before


def test_a_cpu_decodes_all_at_once_while_there_is_room(checkpoints):
    loaded = load(checkpoints["sd"], CPU)
    watched = Watched(loaded.pipe.vae)
    run(checkpoints["sd"], PipelineCache(CPU, 2**30, loader=lambda *_: loaded), range(3))
    assert [shape[0] for shape in watched.shapes] == [3]


@pytest.mark.parametrize(
    ("family", "precision", "side", "free_gib", "tiled"),
    [
        ("sdxl", "full", 1024, 4.9, False),  # 3.0 GiB in float32, and a margin
        ("sdxl", "full", 1024, 3.5, True),
        ("sdxl", "full", 2048, 14, True),  # hires: four times as much
        ("sdxl", "full", 2048, 16, False),
        ("sd", "half", 2048, 7, True),
        ("sd", "half", 2048, 8, False),
        ("sd", "half", 512, 0.5, False),
    ],
)
def test_tiles_follow_from_family_and_size(checkpoints, family, precision, side, free_gib, tiled):
    source = replace(checkpoints[family], precision=precision)
    loaded, _ = on_accelerator(source, int(free_gib * GIB))
    assert decode.plan(loaded, loaded.pipe, (side, side), images=4) == Decoding(
        "float32" if precision == "full" else "float16", True, 512 if tiled else 0
    )
    assert decode.plan(replace(loaded, source=replace(source, tiled_vae="on")), loaded.pipe, (8, 8), images=1).tile
    never = replace(loaded, source=replace(source, tiled_vae="off"))
    assert not decode.plan(never, loaded.pipe, (8192, 8192), images=1).tile


def test_tiles_are_used_in_both_passes_and_for_input_images(checkpoints, cache, monkeypatch):
    monkeypatch.setattr(decode, "TILES", (64, 32))
    source = replace(checkpoints["sd"], tiled_vae="on")
    loaded, own = on_accelerator(source)
    vae, before = loaded.pipe.vae, settings_of(loaded.pipe.vae)
    vae_encode, encoded_in = vae.encode, []
    watched = Watched(vae)
    vae.encode = lambda *args, **options: encoded_in.append(vae.tile_sample_min_size) or vae_encode(*args, **options)
    hires = {"scale": 1.5, "steps": 1, "strength": 0.6, "upscaler": "lanczos"}
    whole = run(checkpoints["sd"], cache, steps=1, hires=hires)
    encoded_in.clear()
    [image] = run(source, own, steps=1, hires=hires)
    assert watched.tiles == [64, 64]
    assert encoded_in[-1] == 64
    assert image.image.size == (96, 96)
    assert image.image.tobytes() != whole[0].image.tobytes()
    assert settings_of(vae) == before
    assert image.receipt["decoding"]["tile"] == 64
    assert image.receipt["first_decoding"]["tile"] == 64


def test_half_precision_that_overflows_is_decoded_again_in_full_and_remembered(checkpoints):
    source = replace(checkpoints["sd"], precision="half")
    loaded, own = on_accelerator(source)
    overflow(loaded.pipe.vae)
    stored = {name: tensor.clone() for name, tensor in loaded.pipe.vae.state_dict().items()}
    hooks, watched = Recorder(), Watched(loaded.pipe.vae)
    generated = run(source, own, range(2), hooks)
    assert watched.dtypes == [torch.float16] * 2 + [torch.float32] * 2
    assert len(hooks.progress) == 1, "it was not denoised again"
    assert all(pixels(image).std() > 1 for image in generated)
    assert generated[0].receipt["decoding"] == {"dtype": "float32", "sliced": True, "tile": 0, "upcast": "overflow"}
    assert loaded.pipe.vae.dtype == torch.float16
    assert all(torch.equal(tensor, stored[name]) for name, tensor in loaded.pipe.vae.state_dict().items())
    watched.dtypes.clear()
    again = run(source, own, range(2))
    assert watched.dtypes == [torch.float32] * 2, "the next run decodes in single precision at once"
    assert [image.image.tobytes() for image in again] == [image.image.tobytes() for image in generated]


@pytest.mark.parametrize("memory", ["resident", "offload", "sequential"])
def test_an_overflow_is_mended_in_every_memory_mode(checkpoints, tmp_path, memory):
    pipe = load(checkpoints["sd"], CPU).pipe
    overflow(pipe.vae)
    pipe.save_pretrained(tmp_path / "sd")
    source = replace(checkpoints["sd"], location=str(tmp_path / "sd"), precision="half", memory_mode=memory)
    with fake_accelerator():
        cache = PipelineCache(Device("cuda:0", torch.float16), 2**34)
        for _ in range(2):
            [image] = run(source, cache)
            assert image.receipt["decoding"]["upcast"] == "overflow"
            assert pixels(image).std() > 1
        [loaded] = cache.loaded()
        assert loaded.pipe.vae.dtype == torch.float16
        assert str(loaded.pipe._execution_device) == "cuda:0"


@pytest.mark.parametrize("task", ["image_to_image", "hires"])
@pytest.mark.parametrize("precision", ["full", "half"])
def test_an_autoencoder_offloaded_by_layer_can_be_converted(checkpoints, task, precision):
    """SDXL's is, for each encoding and decoding, also after previews have used it."""
    source = replace(checkpoints["sdxl"], precision=precision, memory_mode="sequential")
    asked = {
        "image_to_image": {"task": "image_to_image", "init_image": ANY, "strength": 0.6},
        "hires": {"hires": {"scale": 1.5, "steps": 1, "strength": 0.6, "upscaler": "lanczos"}},
    }[task]
    with fake_accelerator():
        cache = PipelineCache(Device("cuda:0", torch.float16), 2**34)
        part = Part(ask(source, steps=2, **asked), (0,), Recorder(), InputImages(INIT))
        [[image]] = generate(source, [part], timings=Timings(), cache=cache)
    assert image.receipt["decoding"]["upcast"] == ("config" if precision == "half" else "")


def test_what_is_remembered_or_asked_for_decides_the_dtype(checkpoints):
    loaded, _ = on_accelerator(replace(checkpoints["sd"], precision="half"))
    loaded.notes[decode.IN_FULL] = True
    assert decode.plan(loaded, loaded.pipe, (64, 64), images=1).dtype == "float32"
    sdxl, _ = on_accelerator(replace(checkpoints["sdxl"], precision="half"))
    sdxl.pipe.vae.register_to_config(force_upcast=True)
    assert decode.plan(sdxl, sdxl.pipe, (64, 64), images=1).upcast == "config"
    sdxl.pipe.vae.register_to_config(force_upcast=False)
    assert decode.plan(sdxl, sdxl.pipe, (64, 64), images=1).dtype == "float16"


def test_latents_that_are_out_of_range_themselves_are_not_decoded_twice(checkpoints):
    source = replace(checkpoints["sd"], precision="half")
    loaded, own = on_accelerator(source)
    with torch.no_grad():
        next(loaded.pipe.unet.parameters()).fill_(float("nan"))
    watched = Watched(loaded.pipe.vae)
    with pytest.raises(GenerationError, match="numbers out of range"):
        run(source, own)
    assert len(watched.shapes) == 1
    assert decode.IN_FULL not in loaded.notes


def test_an_autoencoder_that_fails_in_full_too_is_an_error_and_not_remembered(checkpoints):
    source = replace(checkpoints["sd"], precision="half")
    loaded, own = on_accelerator(source)
    with torch.no_grad():
        next(loaded.pipe.vae.decoder.parameters()).fill_(float("nan"))
    with pytest.raises(GenerationError, match="numbers out of range"):
        run(source, own)
    assert decode.IN_FULL not in loaded.notes


def test_a_shortage_decodes_smaller_without_denoising_again(checkpoints, monkeypatch):
    monkeypatch.setattr(decode, "TILES", (48, 32))
    loaded, own = on_accelerator(checkpoints["sd"])
    before, hooks, watched = settings_of(loaded.pipe.vae), Recorder(), Watched(loaded.pipe.vae, fail=2)
    [image] = run(checkpoints["sd"], own, hooks=hooks, steps=2)
    assert watched.tiles == [0, 48, 32]
    assert len(hooks.progress) == 2
    assert image.receipt["decoding"]["tile"] == 32
    assert settings_of(loaded.pipe.vae) == before


def test_a_shortage_on_a_cpu_decodes_one_at_a_time_first(checkpoints):
    loaded = load(checkpoints["sd"], CPU)
    hooks, watched = Recorder(), Watched(loaded.pipe.vae, fail=1)
    run(checkpoints["sd"], PipelineCache(CPU, 2**30, loader=lambda *_: loaded), range(2), hooks)
    assert [shape[0] for shape in watched.shapes] == [2, 1, 1]
    assert len(hooks.progress) == 1


def test_ways_get_smaller_until_the_smallest_tiles():
    way, seen = Decoding("float16", False, 0), []
    while way is not None:
        seen.append((way.sliced, way.tile))
        way = way.smaller(images=4, pixels=1024)
    assert seen == [(False, 0), (True, 0), (True, 512), (True, 256)]
    assert Decoding("float16", True, 0).smaller(images=1, pixels=256) is None


def test_inpainting_with_stable_diffusion_3_keeps_its_colours(checkpoints):
    """diffusers forgets the autoencoder's shift there, which it has subtracted from the input image."""
    loaded = load(checkpoints["sd3"], CPU)
    vae = loaded.pipe.vae
    vae.register_to_config(shift_factor=0.5)
    watched = Watched(vae)
    latents = torch.zeros(1, vae.config.latent_channels, 8, 8)
    way = decode.plan(loaded, loaded.pipe, (64, 64), images=1)
    vae.decode = lambda z, **_: watched.shapes.append(float(z.mean())) or (torch.zeros(1, 3, 64, 64),)
    decode.decode(loaded, loaded.pipe, latents, (64, 64), way)
    assert watched.shapes == [0.5]
