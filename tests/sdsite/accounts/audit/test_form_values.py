"""Values that the audit log keeps of a change in the admin."""

from django.contrib.auth.models import Group
from django.urls import reverse

from generation.models import RoleLimits
from sdsite.accounts.models import AuditEvent


def fields_of(response):
    """Return what the browser would send of the admin's form as it is."""
    form = response.context["adminform"].form
    values = {name: form.initial.get(name, field.initial) for name, field in form.fields.items()}
    return {
        name: value for name, value in values.items() if isinstance(value, str | int | float) and value is not False
    }


def test_numbers_choices_and_links_are_kept_before_and_after(as_root, checkpoint):
    row = RoleLimits.objects.create(group=Group.objects.create(name="class"), most_queued=3)
    address = reverse("admin:generation_rolelimits_change", args=[row.pk])
    sent = {**fields_of(as_root.get(address)), "most_queued": "5", "safety": "refuse", "checkpoints": [checkpoint.pk]}
    assert as_root.post(address, sent).status_code == 302
    entry = AuditEvent.objects.get(action="role_limits.changed")
    assert entry.before == {"most_queued": 3, "safety": "", "checkpoints": []}
    assert entry.after == {"most_queued": 5, "safety": "refuse", "checkpoints": [checkpoint.pk]}


def test_free_text_is_named_and_not_kept(as_root, checkpoint):
    address = reverse("admin:generation_checkpoint_change", args=[checkpoint.pk])
    sent = {**fields_of(as_root.get(address)), "title": "A word of one's own"}
    assert as_root.post(address, sent).status_code == 302
    entry = AuditEvent.objects.get(action="checkpoint.changed")
    assert "title" not in (entry.after or {})
    assert "A word" not in str(entry.detail)
