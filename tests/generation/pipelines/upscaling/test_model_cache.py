"""The cache of upscalers: its budget, changed files, and smaller tiles when memory runs out."""

import numpy as np
import pytest
import torch
from PIL import Image

from generation.errors import GenerationError
from generation.pipelines.loading.devices import Device, choose_device
from generation.pipelines.upscaling import tiling, upscale
from generation.pipelines.upscaling.model_cache import Upscalers, upscalers_on, use_tile
from generation.weights.sources import WeightsSource
from tests.support.fake_accelerator import fake_accelerator
from tests.support.tiny import upscalers as nets

CPU = choose_device("cpu")


def make_image(mode="RGB", size=(40, 24)):
    width, height = size
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 4), dtype=np.uint8)
    return Image.fromarray(pixels, "RGBA").convert(mode)


def by_network(image, factor, assets, **more):
    return upscale(image, upscaler="net", factor=factor, assets=assets, device=CPU, **more)


def test_out_of_memory_halves_the_tile_until_it_fits(asset):
    class Small(torch.nn.Module):
        """Network that takes tiles of at most 40 pixels, as on a small accelerator, and repeats pixels."""

        seen = []

        def forward(self, tile):
            self.seen.append(max(tile.shape[-2:]))
            if self.seen[-1] > 40:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return tile.repeat_interleave(2, 2).repeat_interleave(2, 3)

    upscalers = Upscalers(CPU, tile=256)
    net = upscalers.get(asset(nets.doubling_weights())["upscaler", "net"])
    model, net.model = net.model, Small()
    net.model.weight = next(model.parameters())
    pixels = np.asarray(make_image(size=(120, 120)))
    assert np.array_equal(upscalers.run(net, pixels), pixels.repeat(2, 0).repeat(2, 1))
    assert Small.seen[0] == 120
    assert 40 < Small.seen[1] <= 60
    assert Small.seen[-1] <= 40


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_an_accelerator_is_waited_for_once_an_image(asset, dtype):
    """Blending is done on the device; bytes come back row by row into pinned memory."""
    source = asset(nets.doubling_weights())["upscaler", "net"]
    pixels = np.asarray(make_image(size=(100, 90)))
    expected = Upscalers(CPU, tile=48).run(Upscalers(CPU).get(source), pixels)
    with fake_accelerator() as card:
        upscalers = Upscalers(Device("cuda:0", dtype), tile=48)
        net = upscalers.get(source)
        card.synchronizations.clear()
        card.copies.clear()
        upscaled = upscalers.run(net, pixels)
        waits, copies = list(card.synchronizations), list(card.copies)
        upscalers.unload()
    assert np.abs(upscaled.astype(int) - expected).max() <= (dtype == torch.float16)
    assert len(waits) == (1 if dtype == torch.float32 else 2), waits  # in half precision it asks whether all is finite
    assert all(copy.pinned for copy in copies), copies
    assert len(copies) > 4


def test_no_memory_is_given_back_before_an_image(asset, monkeypatch):
    """The next run of a pipeline would have to allocate all of it again."""
    source = asset(nets.doubling_weights())["upscaler", "net"]
    with fake_accelerator() as card:
        upscalers = Upscalers(Device("cuda:0", torch.float32))
        net, emptied = upscalers.get(source), []
        monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(1))
        told = []
        upscalers.run(net, np.asarray(make_image()), on_tile=lambda done, total: told.append(total))
        assert (emptied, told) == ([], [1])
        card.free_bytes = 2**20
        upscalers.run(net, np.asarray(make_image()), on_tile=lambda done, total: told.append(total))
        assert told[1] > 1, "the tile follows the free memory"


def test_a_network_that_overflows_in_half_precision_starts_again_in_single_and_stays_there(asset):
    class Overflowing(torch.nn.Module):
        """Network that repeats pixels by way of numbers beyond those of half precision."""

        def forward(self, tile):
            return (tile * 1e5 / 1e5).repeat_interleave(2, 2).repeat_interleave(2, 3)

    upscalers = Upscalers(Device("cpu", torch.float16), tile=64)
    net = upscalers.get(asset(nets.doubling_weights())["upscaler", "net"])
    weight, net.model = next(net.model.parameters()), Overflowing()
    net.model.weight = torch.nn.Parameter(weight.detach())
    pixels = np.asarray(make_image(size=(80, 80)))
    assert np.array_equal(upscalers.run(net, pixels), pixels.repeat(2, 0).repeat(2, 1))
    assert net.model.weight.dtype == torch.float32


def test_too_little_memory_for_the_smallest_tile_is_an_error(asset):
    class Nothing(torch.nn.Module):
        def forward(self, tile):
            raise MemoryError

    upscalers = Upscalers(CPU)
    net = upscalers.get(asset(nets.doubling_weights())["upscaler", "net"])
    weight, net.model = next(net.model.parameters()), Nothing()
    net.model.weight = weight
    with pytest.raises(GenerationError) as refused:
        upscalers.run(net, np.asarray(make_image()))
    assert refused.value.code == "out_of_memory"


def test_networks_stay_in_memory_within_their_budget(tmp_path):
    def source(number):
        path = nets.save(tmp_path / f"{number}.safetensors", nets.compact_weights(depth=number))
        return WeightsSource("upscaler", f"net-{number}", path)

    first, second, third = (source(number) for number in (1, 2, 3))
    upscalers = Upscalers(CPU)
    sizes = [upscalers.get(one).size_bytes for one in (first, second, third)]
    assert upscalers.get(first) is upscalers.loaded()[-1]
    tight = Upscalers(CPU, budget_bytes=sizes[1] + sizes[2])
    kept = [tight.get(one) for one in (first, second, third)]
    assert tight.loaded() == kept[1:]
    assert tight.get(second) is kept[1]
    assert tight.get(first) is not kept[0]
    alone = Upscalers(CPU, budget_bytes=1)
    alone.get(first)
    assert [alone.get(third)] == alone.loaded()
    alone.unload()
    assert alone.loaded() == []


def test_a_file_that_changed_is_read_again(asset):
    upscalers = Upscalers(CPU)
    before = upscalers.get(asset(nets.compact_weights(factor=2))["upscaler", "net"])
    after = upscalers.get(asset(nets.compact_weights(factor=4))["upscaler", "net"])
    assert (before.factor, after.factor) == (2, 4)


def test_the_site_may_set_the_tile_size(asset):
    assets, told = asset(nets.doubling_weights()), []
    use_tile(tiling.SMALLEST)
    try:
        by_network(make_image(size=(100, 30)), 2, assets, on_tile=lambda done, total: told.append(total))
    finally:
        use_tile(0)
    assert told == [4] * 4
    assert upscalers_on(CPU).tile == 0
