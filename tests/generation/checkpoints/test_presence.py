"""Weights that vanish from the disk disable their row; they are back, or found under another name, by themselves."""

import os

import pytest
from django.core.management import call_command

from generation.checkpoints import maintenance, presence
from generation.checkpoints.adapters import set_enabled
from generation.models import Adapter, Checkpoint
from sdsite.accounts.models import AuditEvent
from tests.support.adapter_files import make_adapter, write_weights
from tests.support.factories import STARTER, make_checkpoint


@pytest.fixture
def folder(tmp_path, settings):
    """A folder of SDSITE_MODEL_FOLDERS."""
    (tmp_path / "models").mkdir()
    settings.ENV = {**settings.ENV, "SDSITE_MODEL_FOLDERS": str(tmp_path / "models")}
    return tmp_path / "models"


@pytest.fixture
def lora(db, folder):
    """An offered LoRA in the folder, whose checksum is known."""
    path = write_weights(folder / "ink.safetensors")
    row = make_adapter("lora", "ink", path, size_bytes=path.stat().st_size)
    presence.note_checksums()
    row.refresh_from_db()
    return row


def slugs(rows):
    return [row.slug for row in rows]


def test_a_file_that_is_gone_disables_its_row_until_it_is_back(lora):
    hidden = lora.path.rename(lora.path.with_suffix(".hidden"))
    assert slugs(presence.look().gone) == ["ink"]
    assert presence.look() == presence.Changes()
    lora.refresh_from_db()
    assert (lora.enabled, lora.vanished_at is None) == (False, False)
    assert "ink.safetensors any more" in lora.last_error
    hidden.rename(lora.path)
    assert slugs(presence.look().back) == ["ink"]
    lora.refresh_from_db()
    assert (lora.enabled, lora.vanished_at, lora.last_error) == (True, None, "")
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "adapter.vanished",
        "adapter.back",
    ]


def test_a_renamed_file_is_found_by_its_checksum(lora, folder, capsys):
    # The same size and kind, other contents: only the whole file tells them apart.
    other = lora.path.read_bytes()
    (folder / "a.safetensors").write_bytes(other[:-1] + b"\x01")
    lora.path.rename(folder / "z.safetensors")
    call_command("scan_weights")
    assert f"moved    ink: {folder}/z.safetensors" in capsys.readouterr().out
    lora.refresh_from_db()
    assert (lora.path, lora.enabled, lora.vanished_at) == (folder / "z.safetensors", True, None)
    moved = AuditEvent.objects.get(action="adapter.moved")
    assert (moved.before["location"], moved.after["location"]) == (
        f"{folder}/ink.safetensors",
        f"{folder}/z.safetensors",
    )


def test_another_file_is_never_taken_for_it(lora, folder):
    write_weights(folder / "a.safetensors", "embedding")
    lora.path.write_bytes(lora.path.read_bytes()[:-1] + b"\x01")
    lora.path.rename(folder / "b.safetensors")
    presence.look()
    assert presence.find_moved() == []
    assert not Adapter.objects.get(pk=lora.pk).enabled


def test_so_many_files_are_read_and_no_more(lora, folder, monkeypatch):
    whole = lora.path.read_bytes()
    for number in range(3):
        (folder / f"a{number}.safetensors").write_bytes(whole[:-1] + bytes([number + 1]))
    lora.path.rename(folder / "z.safetensors")
    presence.look()
    monkeypatch.setattr(presence, "MOST_HASHED", 3)
    assert presence.find_moved() == []
    monkeypatch.setattr(presence, "MOST_HASHED", 4)
    assert slugs(presence.find_moved()) == ["ink"]


def test_a_folder_that_moved_is_found_and_stays_the_default(db, folder):
    place = folder / "starter"
    os.symlink(STARTER, place)
    row = make_checkpoint("tulips", location=str(place), is_default=True, enabled=True)
    facts = presence.look_at(presence.Candidate(place))
    Checkpoint.objects.filter(pk=row.pk).update(
        sha256=presence.checksum_of(place, lambda: None), size_bytes=facts.size_bytes
    )
    place.rename(folder / "elsewhere")
    changes = maintenance.look(should_stop=lambda: False)
    assert (slugs(changes.gone), slugs(changes.moved)) == (["tulips"], ["tulips"])
    row.refresh_from_db()
    assert (row.location, row.enabled, row.is_default) == (str(folder / "elsewhere"), True, True)


def test_what_people_disabled_stays_disabled(lora, alice):
    set_enabled(adapter=lora, enabled=False, actor=alice)
    hidden = lora.path.rename(lora.path.with_suffix(".hidden"))
    assert presence.look() == presence.Changes()
    hidden.rename(lora.path)
    assert presence.look() == presence.Changes()
    assert not Adapter.objects.get(pk=lora.pk).enabled


def test_whoever_disables_a_missing_one_keeps_it_so(lora, alice):
    hidden = lora.path.rename(lora.path.with_suffix(".hidden"))
    presence.look()
    lora.refresh_from_db()
    assert set_enabled(adapter=lora, enabled=False, actor=alice)
    hidden.rename(lora.path)
    assert presence.look() == presence.Changes()


def test_a_look_can_be_stopped(lora):
    lora.path.rename(lora.path.with_name("z.safetensors"))
    assert maintenance.look(should_stop=lambda: True) is None
