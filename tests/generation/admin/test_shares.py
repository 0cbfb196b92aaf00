"""The weight of a share is set in the admin, and recorded."""

from django.urls import reverse

from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_job


def test_the_weight_of_a_share_is_set_and_written_down(as_root, alice, checkpoint):
    from generation.models import Share

    make_job(alice, checkpoint)
    share = Share.objects.get(owner=alice)
    page = reverse("admin:generation_share_change", args=[share.pk])
    assert as_root.post(page, {"weight": "0"}).context["adminform"].errors["weight"]
    as_root.post(page, {"weight": "2.5", "owner": "999", "virtual_seconds": "-1"})
    share.refresh_from_db()
    assert (share.weight, share.owner, share.virtual_seconds) == (2.5, alice, 0)
    assert AuditEvent.objects.filter(action="share.changed").exists()
    assert as_root.post(reverse("admin:generation_share_delete", args=[share.pk])).status_code == 403
