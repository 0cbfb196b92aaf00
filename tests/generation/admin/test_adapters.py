"""Adapters in the admin: added by path or from a scan, enabled and disabled."""

import pytest
from django.urls import reverse

from generation.models import Adapter
from sdsite.accounts.models import AuditEvent
from tests.support.adapter_files import make_adapter, write_weights
from tests.support.factories import make_image
from tests.support.meaning import SHA256, point
from tests.support.tiny.search_models import save_clip

LIST = reverse("admin:generation_adapter_changelist")


ADD = reverse("admin:generation_adapter_add")


def requested(location, **fields):
    return {"kind": "lora", "location": str(location), "enabled": "on", "default_weight": "1", **fields}


def errors_of(answer):
    assert answer.status_code == 200
    return answer.context["adminform"].form.errors


def test_a_path_is_enough(as_root, root, tmp_path):
    path = write_weights(tmp_path / "Fox v1.2.safetensors", modelspec__trigger_phrase="ohwx fox")
    assert as_root.post(ADD, requested(path)).status_code == 302
    row = Adapter.objects.get()
    assert (row.slug, row.title, row.family, row.trigger_words) == ("fox-v1-2", "Fox v1.2", "sd", "ohwx fox")
    assert row.meta["rank"] == 8
    assert row.path == path
    assert AuditEvent.objects.get(action="adapter.created").actor == root


@pytest.mark.parametrize(
    ("kind", "written", "field", "says"),
    [
        ("lora", "controlnet", "location", "is a ControlNet, not a LoRA"),
        ("lora", None, "location", "are missing"),
        ("vae", "vae", "family", "Choose the family"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(as_root, tmp_path, kind, written, field, says):
    path = tmp_path / "x.safetensors"
    if written:
        write_weights(path, written)
    errors = errors_of(as_root.post(ADD, requested(path, kind=kind)))
    assert list(errors) == [field]
    assert says in errors[field][0]
    assert not Adapter.objects.exists()


def test_a_slug_is_one_of_its_kind(as_root, tmp_path):
    path = write_weights(tmp_path / "x.safetensors")
    make_adapter("lora", "fox", path)
    assert as_root.post(ADD, requested(path, slug="fox")).status_code == 200
    assert as_root.post(ADD, requested(path, slug="fox-2")).status_code == 302


def test_disabling_and_enabling(as_root, tmp_path, act):
    fox, odd = make_adapter("lora", "fox", tmp_path), make_adapter("vae", "odd", tmp_path, family="", enabled=False)
    act(as_root, LIST, "disable", fox)
    fox.refresh_from_db()
    assert not fox.enabled
    answer = act(as_root, LIST, "enable", fox, odd)
    assert "1 enabled" in answer.content.decode()
    assert list(Adapter.objects.enabled()) == [fox]


def test_the_list_shows_what_the_header_says(as_root, tmp_path):
    as_root.post(ADD, requested(write_weights(tmp_path / "fox.safetensors")))
    assert "rank 8" in as_root.get(LIST).content.decode()
    assert as_root.get(LIST + "?kind__exact=vae").context["cl"].result_count == 0


def test_others_do_not_get_in(as_alice, as_moderator):
    for client in (as_alice, as_moderator):
        assert client.post(reverse("admin:generation_adapter_scan")).status_code in (302, 403)
        assert client.get(LIST).status_code in (302, 403)
    assert not Adapter.objects.exists()


def test_a_search_model_says_how_far_its_index_is_and_is_indexed_anew(as_root, root, alice, act, tmp_path):
    folder = save_clip(tmp_path / "model")
    assert as_root.post(ADD, requested(folder, kind="search_model")).status_code == 302
    row = Adapter.objects.get()
    assert (row.family, row.enabled, row.meta["model"]) == ("", True, "CLIP")
    Adapter.objects.update(sha256=SHA256)
    point([make_image(alice)], "up")
    assert "1 of 1 images indexed" in as_root.get(LIST).content.decode()
    assert "A worker indexes all images anew" in act(as_root, LIST, "rebuild_index", row).content.decode()
    assert "0 of 1 images indexed" in as_root.get(LIST).content.decode()
    assert AuditEvent.objects.get(action="meaning.rebuilt").actor == root
    other = make_adapter("lora", "fox", write_weights(tmp_path / "x.safetensors"))
    assert "Select the search model that is in use." in act(as_root, LIST, "rebuild_index", other).content.decode()


def test_a_folder_that_is_no_search_model_is_refused(as_root, tmp_path):
    path = write_weights(tmp_path / "x.safetensors")
    errors = errors_of(as_root.post(ADD, requested(path, kind="search_model")))
    assert "is a LoRA, not a CLIP or SigLIP model" in errors["location"][0]
