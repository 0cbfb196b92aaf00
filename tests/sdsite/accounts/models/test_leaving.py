"""Only accounts that are still closed are due."""

from datetime import timedelta

from django.utils import timezone

from sdsite.accounts.models import AccountDeletion


def test_one_that_was_activated_is_not_due(alice):
    now = timezone.now()
    AccountDeletion.objects.create(user=alice, due_at=now)
    assert not AccountDeletion.objects.due(now).exists()
    alice.is_active = False
    alice.save()
    assert AccountDeletion.objects.due(now).exists()
    assert not AccountDeletion.objects.due(now - timedelta(seconds=1)).exists()
