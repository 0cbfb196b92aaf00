"""The door: pictures in, larger pictures out, by filters and by networks."""

import numpy as np
import pytest
import torch
from PIL import Image

from generation.errors import GenerationError
from generation.pipelines.loading.devices import choose_device
from generation.pipelines.upscaling import enlarge, tiling
from generation.pipelines.upscaling.model_cache import Upscalers, upscalers_on, use_tile
from generation.weights.sources import WeightsSource
from tests.support.tiny import upscalers as nets

CPU = choose_device("cpu")


def picture(mode="RGB", size=(40, 24)):
    width, height = size
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 4), dtype=np.uint8)
    return Image.fromarray(pixels, "RGBA").convert(mode)


@pytest.fixture
def asset(tmp_path):
    """Return a function that keeps weights as the upscaler `net`."""

    def keep(weights):
        path = nets.save(tmp_path / "net.safetensors", weights)
        return {("upscaler", "net"): WeightsSource("upscaler", "net", path, sha256=str(hash(path.read_bytes())))}

    return keep


def by_network(image, factor, assets, **more):
    return enlarge(image, upscaler="net", factor=factor, assets=assets, device=CPU, **more)


def test_lanczos_is_pillows():
    image = picture()
    wanted = image.resize((60, 36), Image.Resampling.LANCZOS)
    assert enlarge(image, upscaler="lanczos", factor=1.5) == wanted


def test_nearest_repeats_pixels():
    large = np.asarray(enlarge(picture(), upscaler="nearest", factor=3))
    assert np.array_equal(large, np.asarray(picture()).repeat(3, 0).repeat(3, 1))


@pytest.mark.parametrize("upscaler", ["lanczos", "nearest", "net"])
def test_factor_one_changes_nothing(asset, upscaler):
    image = picture()
    assert enlarge(image, upscaler=upscaler, factor=1, assets=asset(nets.doubling_weights()), device=CPU) is image


def test_a_network_that_adds_nothing_repeats_pixels(asset):
    large = by_network(picture(), 2, asset(nets.doubling_weights()))
    assert large == enlarge(picture(), upscaler="nearest", factor=2)


@pytest.mark.parametrize(("factor", "runs"), [(1.5, 1), (2, 1), (3, 2), (4, 2), (8, 3)])
def test_a_network_runs_until_the_size_is_reached_and_lanczos_does_the_rest(asset, factor, runs):
    told = []
    large = by_network(picture(), factor, asset(nets.doubling_weights()), on_tile=lambda done, total: told.append(done))
    assert len(told) == runs
    wanted = enlarge(picture(), upscaler="nearest", factor=2**runs)
    size = (round(40 * factor), round(24 * factor))
    assert large == (wanted if wanted.size == size else wanted.resize(size, Image.Resampling.LANCZOS))


def test_a_network_of_factor_one_cleans_a_picture(asset):
    weights = nets.compact_weights(factor=1)
    seen = torch.from_numpy(np.asarray(picture()).copy()).permute(2, 0, 1)[None] / 255
    wanted = (nets.compact_forward(weights, seen, factor=1)[0].clamp(0, 1) * 255).round().permute(1, 2, 0).numpy()
    cleaned = by_network(picture(), 1, asset(weights))
    assert np.abs(np.asarray(cleaned).astype(int) - wanted).max() <= 1
    assert cleaned != picture()


@pytest.mark.parametrize("upscaler", ["lanczos", "net"])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_kept(asset, upscaler, mode):
    image = picture(mode)
    large = enlarge(image, upscaler=upscaler, factor=2, assets=asset(nets.doubling_weights()), device=CPU)
    assert large.mode == "RGBA"
    assert large.getchannel("A") == image.getchannel("A").resize(large.size, Image.Resampling.LANCZOS)


def test_palettes_and_grey_become_colours(asset):
    for mode in ("P", "L", "1", "CMYK"):
        assert by_network(picture("RGB").convert(mode), 2, asset(nets.doubling_weights())).mode == "RGB"
        assert enlarge(picture("RGB").convert(mode), upscaler="lanczos", factor=2).mode == "RGB"


@pytest.mark.parametrize("factor", [0.5, 8.5, float("nan")])
def test_other_factors_are_an_error(factor):
    with pytest.raises(ValueError, match="factor must be 1 to 8"):
        enlarge(picture(), upscaler="lanczos", factor=factor)


def test_an_upscaler_that_is_gone_is_named():
    with pytest.raises(GenerationError, match="upscaler anime-x4 is not on this site") as refused:
        enlarge(picture(), upscaler="anime-x4", factor=2)
    assert refused.value.code == "adapter_missing"


def test_out_of_memory_halves_the_tile_until_it_fits(asset):
    class Small(torch.nn.Module):
        """Takes tiles of at most 40 pixels, as a small accelerator would; repeats pixels."""

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
    pixels = np.asarray(picture(size=(120, 120)))
    assert np.array_equal(upscalers.run(net, pixels), pixels.repeat(2, 0).repeat(2, 1))
    assert Small.seen[0] == 120
    assert 40 < Small.seen[1] <= 60
    assert Small.seen[-1] <= 40


def test_too_little_memory_for_the_smallest_tile_is_said(asset):
    class Nothing(torch.nn.Module):
        def forward(self, tile):
            raise MemoryError

    upscalers = Upscalers(CPU)
    net = upscalers.get(asset(nets.doubling_weights())["upscaler", "net"])
    weight, net.model = next(net.model.parameters()), Nothing()
    net.model.weight = weight
    with pytest.raises(GenerationError) as refused:
        upscalers.run(net, np.asarray(picture()))
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


def test_the_site_may_say_how_large_a_tile_is(asset):
    assets, told = asset(nets.doubling_weights()), []
    use_tile(tiling.SMALLEST)
    try:
        by_network(picture(size=(100, 30)), 2, assets, on_tile=lambda done, total: told.append(total))
    finally:
        use_tile(0)
    assert told == [4] * 4
    assert upscalers_on(CPU).tile == 0
