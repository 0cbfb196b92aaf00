"""`manage.py scan_checkpoints` lists the files that are new, and adds them."""

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from generation.models import Checkpoint
from tests.support.adapter_files import write_broken

pytestmark = pytest.mark.usefixtures("checkpoints_folder")


def test_the_command_lists_and_adds(filled, capsys):
    call_command("scan_checkpoints")
    output = capsys.readouterr().out
    assert "velocity.safetensors: sd1, v_prediction, F16" in output
    assert f"refused  {filled / 'old.ckpt'}" in output
    assert Checkpoint.objects.count() == 1
    call_command("scan_checkpoints", "tulips", "--add")
    assert "added    one" in capsys.readouterr().out
    assert Checkpoint.objects.get(slug="one").family == "sd"
    call_command("scan_checkpoints", "tulips")
    assert "No new checkpoints." in capsys.readouterr().out
    with pytest.raises(CommandError, match="can be scanned"):
        call_command("scan_checkpoints", "/etc")


def test_broken_files_get_a_line_each_and_the_scan_goes_on(filled, capsys):
    broken = write_broken(filled)
    call_command("scan_checkpoints", "--add")
    lines = capsys.readouterr().out.splitlines()
    for name in broken:
        [line] = [line for line in lines if f"/{name.replace(chr(10), '?')}.safetensors: " in line]
        assert line.startswith("refused ")
        assert str(settings.MODELS_DIR) not in line.partition(".safetensors: ")[2]
    assert sum(line.startswith("added ") for line in lines) == 2
