"""Registering adapters: paths, families, and the scan of their folders."""

import shutil

import pytest
from django.urls import reverse

from generation.models import Adapter
from generation.models.adapter import get_adapter_folder
from tests.support.adapter_files import write_weights

LIST = reverse("admin:generation_adapter_changelist")


ADD = reverse("admin:generation_adapter_add")


def requested(location, **fields):
    return {"kind": "lora", "location": str(location), "enabled": "on", "default_weight": "1", **fields}


def errors_of(answer):
    assert answer.status_code == 200
    return answer.context["adminform"].form.errors


@pytest.fixture
def folders():
    made = [get_adapter_folder(kind) for kind in Adapter.Kind.values]
    yield
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_path_below_the_folder_of_its_kind_is_kept_as_it_is(as_root, folders):
    write_weights(get_adapter_folder("lora") / "people" / "fox.safetensors")
    assert as_root.post(ADD, requested("people/fox.safetensors")).status_code == 302
    row = Adapter.objects.get()
    assert row.location == "people/fox.safetensors"
    assert row.path.is_file()


def test_a_family_that_contradicts_the_weights_is_refused(as_root, tmp_path):
    path = write_weights(tmp_path / "x.safetensors")
    assert list(errors_of(as_root.post(ADD, requested(path, family="flux")))) == ["family"]


def test_a_chosen_family_is_kept_where_the_header_is_silent(as_root, tmp_path):
    path = write_weights(tmp_path / "x.safetensors", "vae")
    assert as_root.post(ADD, requested(path, kind="vae", family="sdxl")).status_code == 302
    assert Adapter.objects.get().family == "sdxl"


def test_the_folders_are_looked_through(as_root, folders):
    write_weights(get_adapter_folder("lora") / "fox.safetensors")
    write_weights(get_adapter_folder("lora") / "style" / "ink.safetensors")
    write_weights(get_adapter_folder("vae") / "clear.safetensors", "vae")
    write_weights(get_adapter_folder("embedding") / "cat.safetensors", "embedding")
    write_weights(get_adapter_folder("lora") / "wrong.safetensors", "controlnet")
    (get_adapter_folder("embedding") / "evil.pt").write_bytes(b"\x80\x04whatever")
    assert as_root.post(reverse("admin:generation_adapter_scan"), {"_form_submitted": "on"}).status_code == 303
    text = as_root.get(LIST).content.decode()
    assert "4 added" in text
    assert "wrong.safetensors is a ControlNet" in text
    assert "evil.pt is a pickle" in text
    rows = {row.slug: row for row in Adapter.objects.all()}
    assert {slug: row.enabled for slug, row in rows.items()} == {"fox": True, "ink": True, "cat": True, "clear": False}
    assert rows["ink"].location == "style/ink.safetensors"
    assert rows["cat"].token == "cat"
