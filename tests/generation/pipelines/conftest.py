"""A CPU cache, the starter checkpoint, tiny ones, and hooks that record their calls."""

import threading

import pytest
import torch

from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import choose_device
from generation.starter import STARTER_LOCATION
from generation.weights.sources import CheckpointSource, WeightsSource
from tests.support.tiny import checkpoints as tiny
from tests.support.tiny import upscalers as nets

FAMILIES = ("sd", "sdxl", "sd3", "flux", "z_image")
SIDES = {"starter": 128}


# Families that are tested by themselves, in tests/generation/families/records, and against bare calls.
NEWER = ("flux2", "qwen_image", "chroma", "krea2")


class Sources(dict):
    """Sources of checkpoints by name; those of newer families are written when they are first asked for."""

    def __init__(self, root):
        super().__init__()
        self.root = root

    def __missing__(self, family):
        self[family] = CheckpointSource(family, "folder", str(tiny.save_folder(family, self.root / family)))
        return self[family]


class Recorder:
    """Hooks that record their calls; `cancel_at`: cancel once that step was reported; `drop`: dropped indices."""

    def __init__(self, cancel_at=None, fail_previews=False, drop=()):
        self.progress = []
        self.previews = {}
        self.kept = {}
        self.preview_threads = set()
        self.cancel_at = cancel_at
        self.fail_previews = fail_previews
        self.drop = set(drop)

    def on_progress(self, step, total):
        self.progress.append((step, total))

    def on_preview(self, index, step, jpeg):
        self.preview_threads.add(threading.current_thread().name)
        if self.fail_previews:
            raise RuntimeError("nobody listens")
        self.previews[index, step] = jpeg

    def on_kept_step(self, index, step, jpeg):
        self.kept[index, step] = jpeg

    def is_cancelled(self):
        return self.cancel_at is not None and len(self.progress) >= self.cancel_at

    def is_dropped(self, index):
        return index in self.drop


class OutOfMemory(Recorder):
    """Hooks that run out of memory at the first steps, `failures` times."""

    def __init__(self, failures):
        super().__init__()
        self.failures = failures

    def on_progress(self, step, total):
        if self.failures:
            self.failures -= 1
            raise torch.OutOfMemoryError("CUDA out of memory")
        super().on_progress(step, total)


def ask(source, **requested):
    """Return resolved parameters for `source`, by default 8 images of 64 px in 4 steps (starter: 128 px)."""
    side = SIDES.get(source.slug, 64)
    family = "sd" if source.slug == "starter" else source.slug.removesuffix("-file")
    sampler = "ddim" if family in ("sd", "sdxl") else "euler"
    defaults = CheckpointDefaults(source.slug, family, side, side, 4, 4.0, sampler)
    return resolve(GenerationParameters(**{"prompt": "a red heart", "seed": 1, "count": 8, **requested}), defaults)


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _default_dtype():
    """Libraries change torch's default dtype while they load, for the whole process; nothing may leave it so."""
    yield
    left = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    assert left == torch.float32


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory):
    """Sources by name: the starter, one tiny folder for each family, and two single files."""
    root = tmp_path_factory.mktemp("checkpoints")
    sources = Sources(root)
    sources["starter"] = CheckpointSource("starter", "folder", str(STARTER_LOCATION))
    for family in FAMILIES:
        sources[family] = CheckpointSource(family, "folder", str(tiny.save_folder(family, root / family)))
    for family in ("sd", "sdxl"):
        path = tiny.save_single_file(family, root / f"{family}.safetensors")
        sources[f"{family}-file"] = CheckpointSource(f"{family}-file", "file", str(path))
    return sources


@pytest.fixture(scope="session")
def cache():
    return PipelineCache(choose_device("cpu"), 2**30)


@pytest.fixture
def starter(checkpoints):
    return checkpoints["starter"]


@pytest.fixture
def asset(tmp_path):
    """Return a function that keeps weights as the upscaler `net`."""

    def keep(weights):
        path = nets.save(tmp_path / "net.safetensors", weights)
        return {("upscaler", "net"): WeightsSource("upscaler", "net", path, sha256=str(hash(path.read_bytes())))}

    return keep
