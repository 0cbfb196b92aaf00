"""Transactional outbox of notices: what is to be sent is stored in the transaction of the notice."""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from sdsite.accounts.models import Notice, NoticeDelivery
from sdsite.accounts.notices.choices import EMAIL, PUSH

# Mails wait for others, which go in the same one; what concerns the safety of an account does not wait.
MAIL_WAITS = timedelta(minutes=10)
URGENT_TOPICS = frozenset({"security"})
# A notice that went to a device goes again, with its new count, after some minutes.
PUSH_AGAIN = timedelta(minutes=10)


def deliver_later(notice: Notice, *, topic: str, ways: Collection[str], joined: bool = False) -> None:
    """Store what is to be sent of a notice; `joined`: it was told before, and tells of more now."""
    now = timezone.now()
    waiting: set[tuple[str, int | None]] = set()
    if joined:
        waiting = set(notice.deliveries.values_list("way", "device_id"))
    rows = []
    if EMAIL in ways and settings.MAIL_IS_SENT and notice.person.email and (EMAIL, None) not in waiting:
        due = now if topic in URGENT_TOPICS else now + MAIL_WAITS
        rows.append(NoticeDelivery(notice=notice, person_id=notice.person_id, way=EMAIL, next_attempt_at=due))
    if PUSH in ways:
        due = now + PUSH_AGAIN if joined else now
        for device in notice.person.push_devices.values_list("pk", flat=True):
            if (PUSH, device) not in waiting:
                row = NoticeDelivery(notice=notice, person_id=notice.person_id, way=PUSH, next_attempt_at=due)
                row.device_id = device
                rows.append(row)
    NoticeDelivery.objects.bulk_create(rows)
