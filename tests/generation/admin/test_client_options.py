"""What programs have set: to be looked at and taken away, never set for somebody."""

import pytest
from django.urls import reverse

from generation.models import ClientOptions
from sdsite.accounts.models import AuditEvent

pytestmark = pytest.mark.django_db

LIST = reverse("admin:generation_clientoptions_changelist")


def test_an_administrator_looks_and_takes_away(as_root, alice):
    ClientOptions.objects.create(owner=alice, options={"samples_format": "webp"})
    assert "alice" in as_root.get(LIST).content.decode()
    row = reverse("admin:generation_clientoptions_change", args=[alice.pk])
    assert "webp" in as_root.get(row).content.decode()
    assert as_root.post(row, {"options": "{}"}).status_code == 403
    assert as_root.get(reverse("admin:generation_clientoptions_add")).status_code == 403
    delete = reverse("admin:generation_clientoptions_delete", args=[alice.pk])
    assert as_root.post(delete, {"post": "yes"}).status_code == 302
    assert not ClientOptions.objects.exists()
    assert AuditEvent.objects.get().action == "client_options.deleted"


def test_others_stay_outside(as_moderator):
    assert as_moderator.get(LIST).status_code == 403
