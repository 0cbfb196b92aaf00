"""Measured speeds are listed in the admin, and written by nobody there."""

from django.urls import reverse

from generation.models import MeasuredSpeed
from generation.queue import speeds
from tests.support.simulated_devices import LINEAR

LIST = reverse("admin:generation_measuredspeed_changelist")


def test_they_are_listed_and_cannot_be_changed(as_root, checkpoint):
    speeds.learn(checkpoint.pk, [LINEAR.call(512, 2), LINEAR.call(256)])
    page = as_root.get(LIST).content.decode()
    for text in ("512 × 512", "256 × 256", "6.29", "cpu"):
        assert text in page
    row = MeasuredSpeed.objects.first()
    change = reverse("admin:generation_measuredspeed_change", args=[row.pk])
    assert as_root.post(change, {"step_seconds": 1}).status_code == 403
    assert as_root.get(reverse("admin:generation_measuredspeed_add")).status_code == 403


def test_a_checkpoint_shows_its_speed_at_its_own_size_and_leads_to_the_others(as_root, checkpoint):
    speeds.learn(checkpoint.pk, [LINEAR.call(512), LINEAR.call(128), LINEAR.call(128, 2)])
    listed = as_root.get(reverse("admin:generation_checkpoint_changelist")).content.decode()
    assert f"{LINEAR.step(128):.3g}" in listed
    page = as_root.get(reverse("admin:generation_checkpoint_change", args=[checkpoint.pk])).content.decode()
    assert f"{LIST}?checkpoint__id__exact={checkpoint.pk}" in page
    assert "3 measured" in page
    assert "512 × 512" in as_root.get(f"{LIST}?checkpoint__id__exact={checkpoint.pk}").content.decode()


def test_a_stranger_sees_none(as_charlie):
    assert as_charlie.get(LIST).status_code in (302, 403)
