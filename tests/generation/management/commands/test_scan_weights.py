"""`manage.py scan_weights` adds new adapters once."""

import shutil

import pytest
from django.conf import settings
from django.core.management import call_command

from generation.models import Adapter
from generation.models.adapter import get_adapter_folder
from tests.support.adapter_files import SHAPES, write_broken, write_weights


@pytest.fixture
def folders():
    made = [get_adapter_folder(kind) for kind in Adapter.Kind.values]
    yield
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_second_scan_adds_nothing_twice(db, folders, capsys):
    write_weights(get_adapter_folder("upscaler") / "sharp.safetensors", "upscaler")
    call_command("scan_weights")
    call_command("scan_weights")
    output = capsys.readouterr().out
    assert "1 added, 0 refused" in output
    assert "0 added, 0 refused" in output
    assert Adapter.objects.get().family == ""


def test_an_embedding_inside_a_lora_is_told_of(db, folders, capsys):
    shapes = {**SHAPES["lora"], "bundle_emb.my hero.emb_params": (2, 768)}
    write_weights(get_adapter_folder("lora") / "hero.safetensors", shapes=shapes)
    call_command("scan_weights")
    assert "lora hero (sd); Its embedding my hero is not applied, its layers are." in capsys.readouterr().out


def test_broken_files_get_a_line_each_and_the_scan_goes_on(db, folders, capsys):
    folder = get_adapter_folder("lora")
    write_weights(folder / "zebra.safetensors")
    broken = write_broken(folder)
    call_command("scan_weights")
    output = capsys.readouterr()
    lines = dict(line.split(".safetensors: ") for line in output.err.splitlines())
    assert set(lines) == {str(folder / name.replace("\n", "?")) for name in broken}
    assert not any(str(settings.MODELS_DIR) in why for why in lines.values())
    assert f"1 added, {len(broken)} refused" in output.out
