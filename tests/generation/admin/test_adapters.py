"""Adapters in the admin: adding by path, looking through the folders, offering them."""

import shutil

import pytest
from django.core.management import call_command
from django.urls import reverse

from generation.models import Adapter
from generation.models.adapter import folder_of
from sdsite.accounts.models import AuditEvent
from tests.support.adapter_files import make_adapter, write_weights

LIST = reverse("admin:generation_adapter_changelist")
ADD = reverse("admin:generation_adapter_add")


def requested(location, **fields):
    return {"kind": "lora", "location": str(location), "enabled": "on", "default_weight": "1", **fields}


def errors_of(answer):
    assert answer.status_code == 200
    return answer.context["adminform"].form.errors


@pytest.fixture
def folders():
    made = [folder_of(kind) for kind in Adapter.Kind.values]
    yield
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_path_is_enough(as_root, root, tmp_path):
    path = write_weights(tmp_path / "Fox v1.2.safetensors", modelspec__trigger_phrase="ohwx fox")
    assert as_root.post(ADD, requested(path)).status_code == 302
    row = Adapter.objects.get()
    assert (row.slug, row.title, row.family, row.trigger_words) == ("fox-v1-2", "Fox v1.2", "sd", "ohwx fox")
    assert row.meta["rank"] == 8
    assert row.path == path
    assert AuditEvent.objects.get(action="adapter.created").actor == root


def test_a_path_below_the_folder_of_its_kind_is_kept_as_it_is(as_root, folders):
    write_weights(folder_of("lora") / "people" / "fox.safetensors")
    assert as_root.post(ADD, requested("people/fox.safetensors")).status_code == 302
    row = Adapter.objects.get()
    assert row.location == "people/fox.safetensors"
    assert row.path.is_file()


@pytest.mark.parametrize(
    ("kind", "written", "field", "says"),
    [
        ("lora", "controlnet", "location", "is a ControlNet, not a LoRA"),
        ("lora", None, "location", "There is nothing at"),
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


def test_a_family_that_contradicts_the_weights_is_refused(as_root, tmp_path):
    path = write_weights(tmp_path / "x.safetensors")
    assert list(errors_of(as_root.post(ADD, requested(path, family="flux")))) == ["family"]


def test_a_chosen_family_is_kept_where_the_header_is_silent(as_root, tmp_path):
    path = write_weights(tmp_path / "x.safetensors", "vae")
    assert as_root.post(ADD, requested(path, kind="vae", family="sdxl")).status_code == 302
    assert Adapter.objects.get().family == "sdxl"


def test_a_slug_is_one_of_its_kind(as_root, tmp_path):
    path = write_weights(tmp_path / "x.safetensors")
    make_adapter("lora", "fox", path)
    assert as_root.post(ADD, requested(path, slug="fox")).status_code == 200
    assert as_root.post(ADD, requested(path, slug="fox-2")).status_code == 302


def test_the_folders_are_looked_through(as_root, folders):
    write_weights(folder_of("lora") / "fox.safetensors")
    write_weights(folder_of("lora") / "style" / "ink.safetensors")
    write_weights(folder_of("vae") / "clear.safetensors", "vae")
    write_weights(folder_of("embedding") / "cat.safetensors", "embedding")
    write_weights(folder_of("lora") / "wrong.safetensors", "controlnet")
    (folder_of("embedding") / "evil.pt").write_bytes(b"\x80\x04whatever")
    assert as_root.post(reverse("admin:generation_adapter_scan"), {"_form_submitted": "on"}).status_code == 303
    text = as_root.get(LIST).content.decode()
    assert "4 added" in text
    assert "wrong.safetensors is a ControlNet" in text
    assert "evil.pt is a pickle" in text
    rows = {row.slug: row for row in Adapter.objects.all()}
    assert {slug: row.enabled for slug, row in rows.items()} == {"fox": True, "ink": True, "cat": True, "clear": False}
    assert rows["ink"].location == "style/ink.safetensors"
    assert rows["cat"].token == "cat"


def test_the_command_looks_again_and_adds_nothing_twice(db, folders, capsys):
    write_weights(folder_of("upscaler") / "sharp.safetensors", "upscaler")
    call_command("scan_weights")
    call_command("scan_weights")
    said = capsys.readouterr().out
    assert "1 added, 0 refused" in said
    assert "0 added, 0 refused" in said
    assert Adapter.objects.get().family == ""


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
