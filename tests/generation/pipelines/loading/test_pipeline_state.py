"""A pipeline that is not as it was placed is found before the next run, and mended or loaded anew."""

import numpy as np
import pytest
import torch
from diffusers.models.attention_processor import AttnProcessor

from generation.pipelines.generate import generate
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.pipeline_state import find_differences, without_offloading
from generation.pipelines.protocol import Part, Timings
from generation.weights.sources import CheckpointSource
from tests.generation.pipelines.conftest import Recorder, ask
from tests.support.fake_accelerator import fake_accelerator


class Leftover:
    """A forward hook of an adapter that nobody removed."""

    def __call__(self, module, arguments, output):
        return output * 0


Leftover.__module__ = "generation.pipelines.adapters.leftover"


def replace_layer(pipe):
    table = pipe.text_encoder.get_input_embeddings()
    pipe.text_encoder.set_input_embeddings(torch.nn.Embedding.from_pretrained(table.weight.detach() * 0))


def replace_processor(pipe):
    pipe.unet.set_attn_processor(AttnProcessor())


def replace_scheduler(pipe):
    pipe.scheduler = type(pipe.scheduler).from_config(pipe.scheduler.config, prediction_type="v_prediction")


# What is done to it, whether placing it again is enough, and what is said.
TAMPERED = {
    "hooks gone": (lambda pipe: pipe.remove_all_hooks(), True, "execution device"),
    "another autoencoder": (lambda pipe: setattr(pipe, "vae", torch.nn.Identity()), True, "vae"),
    "wider dtype": (lambda pipe: pipe.vae.to(torch.float64), True, "dtype of vae"),
    "narrower dtype": (lambda pipe: pipe.vae.to(torch.bfloat16), False, "dtype of vae"),
    "scheduler": (replace_scheduler, True, "configuration of scheduler"),
    "hook left": (lambda pipe: pipe.unet.conv_in.register_forward_hook(Leftover()), False, "layers of unet"),
    "layer": (replace_layer, False, "layers of text_encoder"),
    "attention": (replace_processor, False, "layers of unet"),
    "configuration": (lambda pipe: pipe.unet.register_to_config(sample_size=3), False, "configuration of unet"),
}


def images(source, cache):
    [[image]] = generate(source, [Part(ask(source, steps=1), (0,), Recorder())], timings=Timings(), cache=cache)
    return np.asarray(image.image).tobytes()


@pytest.fixture(scope="module")
def offloaded(checkpoints):
    """Yield a source that is offloaded, and its cache, on a fake accelerator."""
    with fake_accelerator():
        source = CheckpointSource("sd", "folder", checkpoints["sd"].location, memory_mode="offload", precision="full")
        yield source, PipelineCache(Device("cuda:0", torch.float16), 2**40)


@pytest.mark.parametrize(("tamper", "is_mended", "said"), TAMPERED.values(), ids=TAMPERED)
def test_a_pipeline_that_was_left_changed_serves_the_next_job_as_before(offloaded, caplog, tamper, is_mended, said):
    source, cache = offloaded
    before = images(source, cache)
    loaded = cache.loaded()[-1]
    assert find_differences(loaded) == []
    tamper(loaded.pipe)
    assert said in find_differences(loaded)
    caplog.clear()
    assert cache.get(source).pipe._execution_device == torch.device("cuda:0")
    assert (cache.get(source) is loaded) == is_mended
    assert any(said in one.getMessage() for one in caplog.records if one.levelname == "ERROR")
    assert images(source, cache) == before


def test_jobs_and_their_previews_are_no_difference(offloaded, caplog):
    source, cache = offloaded
    loaded = cache.get(source)
    for _ in range(2):
        images(source, cache)
    assert cache.loaded() == [loaded]
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


def test_parts_have_their_weights_while_hooks_are_off_and_are_offloaded_again_after_an_error(offloaded):
    source, cache = offloaded
    loaded = cache.get(CheckpointSource(source.slug, source.kind, source.location, memory_mode="sequential"))
    seen = []

    def note():
        seen.append(loaded.pipe.unet.conv_in.weight.device.type)

    def fail():
        with without_offloading(loaded) as offloading:
            note()
            with offloading():
                note()
            note()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    note()
    assert seen == ["cpu", "meta", "cpu", "meta"]
    assert find_differences(loaded) == []
    cache.drop(source.slug)
