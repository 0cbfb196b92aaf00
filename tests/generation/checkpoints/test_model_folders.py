"""Folders of other programs: what lies in them is told apart by its header, and offered in place or refused."""

import json
import os
import pickle
import shutil
import struct
from collections import OrderedDict

import pytest
from django.core.management import call_command
from django.urls import reverse

from generation.checkpoints import model_folders
from generation.checkpoints.actions import LocationRefused
from generation.models import Adapter, Checkpoint
from generation.weights.recognition.tree import Candidate, Walk
from sdsite.accounts.models import AuditEvent
from tests.support.adapter_files import with_header
from tests.support.factories import STARTER
from tests.support.model_tree_files import whole
from tests.support.model_trees import make_trees, write_header

PAGE = reverse("admin:generation_checkpoint_folders")


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """The trees of 64 files, and what each of them is."""
    folder = tmp_path_factory.mktemp("trees")
    return folder, make_trees(folder)


@pytest.fixture
def named(settings):
    """Return a function that names folders in SDSITE_MODEL_FOLDERS."""

    def name(*folders):
        settings.ENV = {**settings.ENV, "SDSITE_MODEL_FOLDERS": ":".join(map(str, folders))}

    return name


def told(finding):
    what = (finding.found.kind, finding.found.architecture) if finding.found else None
    return what, finding.refused.code if finding.refused else finding.state


def refusals(folder):
    """Return the code of each refused file below `folder`, by its name; files that are fine have an empty one."""
    findings = [model_folders.look_at(one) for one in Walk().through(folder)]
    assert all(one.refused.message.endswith(".") for one in findings if one.refused)
    return {one.path.name: one.refused.code if one.refused else "" for one in findings}


def test_sixty_files_of_two_programs_are_told_apart(db, trees, named):
    folder, expected = trees
    named(folder / "ComfyUI/models", folder / "stable-diffusion-webui")
    findings = list(model_folders.report())
    assert {one.path: told(one) for one in findings} == expected
    assert len(findings) == len(expected) >= 60


def test_the_command_lists_all_and_adds_what_is_new_once(db, trees, named, capsys):
    folder, expected = trees
    named(folder)
    new = [path for path, (_, state) in expected.items() if state == "new"]
    call_command("scan_weights")
    listed = capsys.readouterr().out
    assert f"{len(new)} new, 0 added, 0 offered, {len(expected) - len(new)} refused." in listed
    assert "denoiser without encoders and autoencoder, Z-Image; GGUF, Q8_0; parts_missing:" in listed
    assert "LoRA, Stable Diffusion; kohya, LoHa, F16" in listed
    assert not Adapter.objects.exists()
    call_command("scan_weights", add=True)
    call_command("scan_weights", add=True)
    assert f"0 new, 0 added, {len(new)} offered, {len(expected) - len(new)} refused." in capsys.readouterr().out
    rows = {*Checkpoint.objects.values_list("location", flat=True), *Adapter.objects.values_list("location", flat=True)}
    assert rows == {str(path) for path in new}


def test_the_page_lists_all_and_offers_what_is_ticked(as_root, as_moderator, root, trees, named):
    folder, expected = trees
    assert "SDSITE_MODEL_FOLDERS" in as_root.get(PAGE).content.decode()
    named(folder)
    path = folder / "stable-diffusion-webui/models/Lora/dora.safetensors"
    assert as_moderator.get(PAGE).status_code == 403
    assert as_root.get(PAGE).context["total"] == len(expected)
    outside = write_header(folder.parent / "outside.safetensors", whole("sd1"))
    answer = as_root.post(PAGE, {"ticked": [str(path), str(outside), f"{folder}/nothing"]}, follow=True)
    assert "lies in no folder of SDSITE_MODEL_FOLDERS" in answer.content.decode()
    row = Adapter.objects.get()
    assert (row.path, row.family, row.meta["algorithms"]) == (path, "sd", ["DoRA"])
    assert AuditEvent.objects.get(action="adapter.created").actor == root
    assert not Checkpoint.objects.filter(location=str(outside)).exists()
    assert [one.path for one, _ in as_root.get(PAGE, {"state": "offered"}).context["findings"]] == [path]


def test_a_page_whose_time_is_up_says_so_and_goes_on_with_the_next_view(as_root, trees, named, monkeypatch):
    folder, expected = trees
    named(folder)
    monkeypatch.setattr(model_folders, "_read", OrderedDict())
    monkeypatch.setattr("generation.admin.weights.SECONDS_OF_READING", 0.0)
    first = as_root.get(PAGE)
    assert (first.context["total"], first.context["unread"]) == (0, len(expected))
    assert f"{len(expected)} files and folders were not looked at yet" in first.content.decode()
    monkeypatch.setattr("generation.admin.weights.SECONDS_OF_READING", 600.0)
    assert as_root.get(PAGE).context["unread"] == 0
    monkeypatch.setattr("generation.admin.weights.SECONDS_OF_READING", 0.0)
    again = as_root.get(PAGE).context
    folders = sum(path.is_dir() for path in expected)
    assert (again["total"], again["unread"]) == (len(expected) - folders, folders)


def test_a_file_that_changed_is_read_again(db, tmp_path, named):
    named(tmp_path)
    path = write_header(tmp_path / "one.safetensors", {"emb_params": (3, 768)})
    assert next(model_folders.report()).state == "new"
    path.write_bytes(b"no header")
    assert next(model_folders.report()).state == "refused"


def test_bad_files_are_left_out_alone(tmp_path):
    fine = {"emb_params": (3, 768)}
    write_header(tmp_path / "fine.safetensors", fine)
    (tmp_path / "huge.safetensors").write_bytes(struct.pack("<Q", 2 * 2**30) + bytes(40))
    overlap = {name: {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]} for name in ("a", "b")}
    (tmp_path / "overlap.safetensors").write_bytes(with_header(overlap))
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "fine.safetensors").read_bytes()[:-1])
    (tmp_path / "old.ckpt").write_bytes(pickle.dumps({}))
    (tmp_path / "renamed.safetensors").write_bytes(pickle.dumps({"weights": list(range(100))}))
    write_header(tmp_path / "scales.safetensors", whole("sd1") | {"scaled_fp8": (2,)})
    write_header(tmp_path / "else.safetensors", {"encoder.bert.layer.0.weight": (4, 4), "b.c": (2,)})
    write_header(tmp_path / "two\nlines.safetensors", fine)
    assert refusals(tmp_path) == {
        "fine.safetensors": "",
        "huge.safetensors": "header_too_large",
        "overlap.safetensors": "overlapping_offsets",
        "cut.safetensors": "cut_off",
        "old.ckpt": "pickle",
        "renamed.safetensors": "pickle",
        "scales.safetensors": "unusable",
        "else.safetensors": "unknown",
        "two\nlines.safetensors": "path",
    }


def test_folders_of_diffusers_and_of_the_hubs_cache(db, tmp_path, named):
    hub = tmp_path / "models--owner--name"
    blob = hub / "blobs" / "abc"
    write_header(blob, {"emb_params": (3, 768)})
    for commit in ("older", "newer"):
        snapshot = hub / "snapshots" / commit
        shutil.copytree(STARTER, snapshot / "starter")
        (snapshot / f"{commit}.safetensors").symlink_to(blob)
    (hub / "refs").mkdir()
    (hub / "refs" / "main").write_text("newer")
    part = tmp_path / "parts" / "encoder"
    write_header(part / "model.safetensors", {"shared.weight": (8, 4096)})
    config = {"architectures": ["T5EncoderModel"], "model_type": "t5", "d_model": 4096}
    (part / "config.json").write_text(json.dumps(config))
    named(tmp_path)
    findings = {one.path.name: told(one) for one in model_folders.report()}
    assert findings == {
        "newer.safetensors": (("embedding", "sd"), "new"),
        "starter": (("checkpoint", "sd"), "new"),
        "encoder": (("text_encoder", "t5_xxl"), "unusable"),
    }
    row = model_folders.add(str(hub / "snapshots/newer/newer.safetensors"), actor=None)
    assert row.slug == "newer"


def test_a_folder_that_is_not_there_is_one_line(db, tmp_path, named):
    named(tmp_path / "gone", tmp_path)
    assert [(one.path.name, one.refused.code) for one in model_folders.report()] == [("gone", "folder_missing")]


@pytest.mark.parametrize("where", ["\x00", "/etc/passwd", "x/../../outside.safetensors"])
def test_nothing_outside_of_the_folders_is_added(db, tmp_path, named, where):
    (tmp_path / "in").mkdir()
    named(tmp_path / "in")
    write_header(tmp_path / "outside.safetensors", {"emb_params": (3, 768)})
    with pytest.raises(LocationRefused):
        model_folders.add(os.path.join(tmp_path, "in", where), actor=None)
    assert not Adapter.objects.exists()


def test_a_candidate_that_vanished_is_told(tmp_path):
    assert told(model_folders.look_at(Candidate(tmp_path / "gone.safetensors"))) == (None, "unreadable")
    assert told(model_folders.look_at(Candidate(tmp_path / "gone.gguf"))) == (None, "unreadable")
