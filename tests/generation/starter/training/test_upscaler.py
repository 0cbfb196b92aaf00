"""The upscaler is trained on pairs of the same image and fits the site's networks."""

import random
import sys

import torch
from safetensors.torch import load_file
from torch.nn import functional

from generation.pipelines.upscaling import compact
from generation.starter.training import autoencoder, export, upscaler


def run(module, monkeypatch, work, **options):
    """Run a script of the recipe as its user would."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    monkeypatch.setattr(sys, "argv", [module.__name__, "--work", str(work), "--threads", "1", *words])
    module.main()


def test_the_upscaler_is_trained_on_pairs_and_fits_the_sites_networks(work, monkeypatch, tmp_path, capsys):
    run(autoencoder, monkeypatch, work, samples=16, batch=4)
    run(upscaler, monkeypatch, work, samples=8, batch=4)
    assert "Lanczos" in capsys.readouterr().out
    export.export_upscaler(work, tmp_path / "upscaler" / "starter-x4.safetensors")
    net = compact.from_weights(load_file(tmp_path / "upscaler" / "starter-x4.safetensors"))
    assert net.factor == 4
    assert net.model(torch.rand(1, 3, 16, 16)).shape == (1, 3, 64, 64)


def test_both_images_of_a_pair_show_the_same(work):
    options = type("Options", (), {"work": work})()
    pairs = upscaler.Pairs(options, torch.device("cpu"))
    small, large = pairs.render(pairs.plans(random.Random(3), 4), clean=1.0)
    assert large.shape == (4, 3, 512, 512)
    assert (functional.interpolate(large, (128, 128), mode="area") - small).abs().mean() < 0.01
    seen, wanted = upscaler.choose_crops(random.Random(3), small, large)
    assert wanted.shape[-1] == 4 * seen.shape[-1]
    assert (functional.interpolate(wanted, seen.shape[-2:], mode="area") - seen).abs().mean() < 0.01
