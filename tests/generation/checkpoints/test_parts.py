"""Shared parts of a denoiser: matched by shape or chosen, named where they lack, and joined when it generates."""

import pytest
from django.urls import reverse

from gallery.models import Image
from generation.checkpoints import model_folders, parts, presence
from generation.checkpoints.actions import LocationRefused
from generation.checkpoints.sources import get_source, note_checksum
from generation.errors import GenerationError
from generation.models import Adapter, Checkpoint
from sdsite.accounts.models import AuditEvent
from tests.support.adapter_files import make_adapter, write_weights
from tests.support.factories import make_job
from tests.support.tiny import flux_parts

ADD = reverse("admin:generation_checkpoint_add")


@pytest.fixture(scope="module")
def pieces(tmp_path_factory):
    """A tiny Flux in pieces, in a folder of another program."""
    folder = tmp_path_factory.mktemp("pieces")
    flux_parts.save_denoiser(folder / "flux.safetensors")
    return folder, flux_parts.save_parts(folder / "parts")


@pytest.fixture
def folder(db, pieces, settings):
    settings.ENV = {**settings.ENV, "SDSITE_MODEL_FOLDERS": str(pieces[0])}
    return pieces[0]


def offer(pieces, *names):
    """Offer these parts; the autoencoder's family has to be chosen, since its header tells none."""
    rows = {name: model_folders.add(str(pieces[1][name]), actor=None) for name in names}
    Adapter.objects.filter(kind="vae").update(family="flux", enabled=True)
    return rows


def page(checkpoint):
    return reverse("admin:generation_checkpoint_choose_parts", args=[checkpoint.pk])


def test_a_denoiser_says_what_it_lacks_until_it_has_all(as_root, as_alice, root, folder, pieces):
    row = model_folders.add(str(folder / "flux.safetensors"), actor=None)
    assert (row.kind, row.family, row.enabled) == ("denoiser", "flux", False)
    assert "lacks CLIP of width 32, T5 of width 32, autoencoder with 16 channels" in row.last_error
    with pytest.raises(GenerationError, match="lacks CLIP of width 32"):
        get_source(row, row.slug)
    assert "There is none that fits" in as_root.get(page(row)).content.decode()
    rows = offer(pieces, "text_encoder", "text_encoder_2", "vae")
    assert rows["text_encoder"].meta == {"encoder": "clip", "width": 32}
    listed = as_alice.get("/api/v1/adapters?kind=text_encoder").json()
    assert {one["slug"] for one in listed} == {rows["text_encoder"].slug, rows["text_encoder_2"].slug}
    answer = as_root.post(page(row), {"text_encoder": rows["text_encoder"].slug}, follow=True)
    assert "has all its parts" in answer.content.decode()
    row.refresh_from_db()
    assert (row.enabled, row.last_error, row.parts) == (True, "", {"text_encoder": rows["text_encoder"].slug})
    assert [one.slug for one in get_source(row, row.slug).parts] == [one.slug for one in rows.values()]
    assert AuditEvent.objects.get(action="checkpoint.parts_chosen").actor == root


@pytest.mark.django_db(transaction=True)
def test_pieces_of_rows_generate_an_image_whose_receipt_names_them(alice, folder, pieces, run_waiting_jobs):
    rows = offer(pieces, "text_encoder", "text_encoder_2", "vae")
    presence.note_checksums()
    row = model_folders.add(str(folder / "flux.safetensors"), actor=None)
    assert row.enabled
    note_checksum(row)
    job = make_job(alice, row, steps=2, width=64, height=64, sampler="euler")
    run_waiting_jobs()
    job.refresh_from_db()
    assert (job.status, job.error_message) == ("succeeded", "")
    shared = Image.objects.of_job(job.pk).get().receipt["shared_parts"]
    assert {part: one["slug"] for part, one in shared.items()} == {part: one.slug for part, one in rows.items()}
    assert all(len(one["sha256"]) == 64 for one in shared.values())


def test_a_part_that_does_not_fit_cannot_be_chosen(as_root, root, folder, pieces, tmp_path):
    row = model_folders.add(str(folder / "flux.safetensors"), actor=None)
    offer(pieces, "vae")
    path = write_weights(tmp_path / "style.safetensors")
    make_adapter("lora", "style", path)
    make_adapter("vae", "wide", path, family="flux", meta={"channels": 32})
    make_adapter("vae", "of-another", path, family="sd3", meta={"channels": 16})
    fitting = {need.part: parts.fitting(need, "flux") for need in parts.needs_of(row)}
    assert {part: [one.slug for one in found] for part, found in fitting.items()} == {
        "text_encoder": [],
        "text_encoder_2": [],
        "vae": ["ae"],
    }
    for slug in ("wide", "of-another", "style", "nobody"):
        with pytest.raises(LocationRefused):
            parts.choose(checkpoint=row, chosen={"vae": slug}, actor=root)
    assert "is not autoencoder with 16 channels" in as_root.post(page(row), {"vae": "wide"}).content.decode()
    row.refresh_from_db()
    assert (row.parts, row.enabled) == ({}, False)


def test_parts_are_chosen_by_administrators(as_alice, as_moderator, folder):
    row = model_folders.add(str(folder / "flux.safetensors"), actor=None)
    assert as_moderator.get(page(row)).status_code in (302, 403)
    assert as_alice.get(page(row)).status_code in (302, 403)


def test_a_denoiser_is_added_by_its_form(as_root, folder):
    asked = {"kind": "denoiser", "location": str(folder / "flux.safetensors"), "title": "Flux", "slug": "flux"}
    asked |= {"enabled": "on", "size_policy": "refuse", "prediction_type": "auto", "precision": "auto"}
    answer = as_root.post(ADD, asked | {"memory_mode": "auto", "tiled_vae": "auto"}, follow=True)
    assert "It lacks CLIP of width 32" in answer.content.decode()
    row = Checkpoint.objects.get(slug="flux")
    assert (row.family, row.enabled, row.sampler) == ("flux", False, "euler")


def test_whole_checkpoints_have_nothing_to_choose(as_root, checkpoint):
    assert parts.get_parts(checkpoint) == ()
    assert "nothing to choose" in as_root.get(page(checkpoint)).content.decode()


def test_a_denoiser_that_is_gone_says_so(as_root, folder):
    row = model_folders.add(str(folder / "flux.safetensors"), actor=None)
    Checkpoint.objects.filter(pk=row.pk).update(location=str(folder / "gone.safetensors"))
    assert "is missing" in as_root.get(page(row)).content.decode()
