"""Disabling and deleting checkpoints and adapters say in numbers what they will do."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from generation.models import Adapter, Checkpoint
from tests.support.factories import make_job
from tests.support.limits import limit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_alone")]

CHECKPOINTS = reverse("admin:generation_checkpoint_changelist")
ADAPTERS = reverse("admin:generation_adapter_changelist")


@pytest.fixture
def limited(checkpoint):
    """Two roles that allow the checkpoint: one it alone, one another one too."""
    other = Checkpoint.objects.get(pk=checkpoint.pk)
    other.pk, other.slug, other.is_default = None, "other", False
    other.save()
    for name, rows in (("one", [checkpoint]), ("two", [checkpoint, other])):
        limit(Group.objects.create(name=name)).checkpoints.set(rows)


def test_deleting_a_checkpoint_counts_jobs_and_roles(as_root, alice, checkpoint, limited, act):
    make_job(alice, checkpoint)
    for page in (
        act(as_root, CHECKPOINTS, "delete_selected", checkpoint),
        as_root.get(reverse("admin:generation_checkpoint_delete", args=[checkpoint.pk])),
    ):
        text = page.content.decode()
        assert "1 unfinished job will fail." in text
        assert "2 roles allow them by name; 1 would then name none, and so allow every one." in text
    assert Checkpoint.objects.filter(pk=checkpoint.pk).exists()
    act(as_root, CHECKPOINTS, "delete_selected", checkpoint, post="yes")
    assert not Checkpoint.objects.filter(pk=checkpoint.pk).exists()


def test_disabling_a_checkpoint_asks_first(as_root, alice, checkpoint, act):
    make_job(alice, checkpoint)
    text = act(as_root, CHECKPOINTS, "disable", checkpoint, ask=True).content.decode()
    assert "1 checkpoint will be offered no more" in text
    assert "1 unfinished job of them will fail" in text
    assert Checkpoint.objects.get(pk=checkpoint.pk).enabled


def test_adapters_too(as_root, act):
    lora = Adapter.objects.create(kind="lora", slug="ink", title="Ink", location="ink", size_bytes=2_000_000)
    limit(Group.objects.create(name="one")).loras.set([lora])
    text = act(as_root, ADAPTERS, "delete_selected", lora).content.decode()
    assert "1 role allows them by name; 1 would then name none" in text
    text = act(as_root, ADAPTERS, "disable", lora, ask=True).content.decode()
    assert "1 adapter will be offered no more: Ink." in text
    act(as_root, ADAPTERS, "delete_selected", lora, post="yes")
    assert not Adapter.objects.exists()
