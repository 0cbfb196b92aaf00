"""One delivery of notices: claim it, send it, try again later or forget it.

A claim is one conditional UPDATE with a lease, so any number of processes may send, and what a process had in hand when
it died is sent once the lease runs out. All mails of a person that wait are claimed together, and are one mail.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.db import transaction
from django.utils import timezone, translation

from sdsite.accounts.models import Notice, NoticeDelivery, lock_user
from sdsite.accounts.notices.choices import EMAIL, ways_of
from sdsite.accounts.notices.kinds import KINDS
from sdsite.accounts.notices.push.messages import DeviceGone, send_push
from sdsite.accounts.notices.sending.mails import send_mail
from sdsite.core import rate_limits
from sdsite.core.http.fetch import FetchRefused

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (30, 300, 1800, 7200, 21600))
MOST_PER_PERSON = 2  # under way at once
MOST_IN_A_MAIL = 50
CANDIDATES = 8

Claimed = list[NoticeDelivery]


def claim(*, busy: Counter[int] | None = None, now: datetime | None = None) -> Claimed | None:
    """Claim what is due longest: one push message, or all mails of a person; None where nothing is due."""
    moment = now or timezone.now()
    excluded = [person for person, count in (busy or Counter()).items() if count >= MOST_PER_PERSON]
    for row in NoticeDelivery.objects.due(moment).exclude(person__in=excluded)[:CANDIDATES]:
        claimed = _claim_mails(row, moment) if row.way == EMAIL else _take([row], moment)
        if claimed:
            return claimed
    return None


def _claim_mails(first: NoticeDelivery, moment: datetime) -> Claimed:
    """Claim the mails of a person together; their row is locked, so that two processes do not share them."""
    with transaction.atomic():
        lock_user(first.person_id)
        mine = NoticeDelivery.objects.filter(person=first.person_id, way=EMAIL)
        if not mine.filter(pk=first.pk, next_attempt_at=first.next_attempt_at).exists():
            return []
        leased = mine.filter(attempts__gt=0, next_attempt_at__gt=moment)  # in another process's hands, or failed
        return _take(list(mine.exclude(pk__in=leased.values("pk"))[:MOST_IN_A_MAIL]), moment)


def _take(rows: Claimed, moment: datetime) -> Claimed:
    taken = []
    for row in rows:
        same = NoticeDelivery.objects.filter(pk=row.pk, attempts=row.attempts, next_attempt_at=row.next_attempt_at)
        row.attempts, row.next_attempt_at = row.attempts + 1, moment + LEASE
        if same.update(attempts=row.attempts, next_attempt_at=row.next_attempt_at):
            taken.append(row)
    return taken


def attempt(claimed: Claimed) -> None:
    """Send what was claimed, or forget what is not wanted any more."""
    rows = NoticeDelivery.objects.filter(pk__in=[row.pk for row in claimed])
    wanted = [row for row in rows.select_related("notice__person", "notice__actor", "device") if _is_wanted(row)]
    unwanted = {row.pk for row in claimed} - {row.pk for row in wanted}
    NoticeDelivery.objects.filter(pk__in=unwanted).delete()
    if not wanted:
        return
    person, way = wanted[0].notice.person, wanted[0].way
    notices: list[Notice] = sorted((row.notice for row in wanted), key=lambda notice: notice.created_at, reverse=True)
    try:
        with translation.override(person.language or None):
            if way == EMAIL:
                rate_limits.spend("notice_mail", str(person.pk))
                send_mail(person, notices)
            elif wanted[0].device is not None:
                send_push(wanted[0].device, notices[0])
    except rate_limits.RateLimited as limited:
        _put_off(wanted, timedelta(seconds=limited.retry_after), counts=False)
        return
    except DeviceGone:
        if wanted[0].device is not None:
            wanted[0].device.delete()
        return
    except (SMTPException, FetchRefused, OSError) as error:
        # Only the kind: an SMTP error may quote the mail, and an address may be a secret.
        logger.warning("a notice did not go out by %s: %s", way, type(error).__name__)
        _put_off(wanted, BACKOFF[min(wanted[0].attempts, len(BACKOFF)) - 1], counts=True)
        return
    NoticeDelivery.objects.filter(pk__in=[row.pk for row in wanted]).delete()


def _is_wanted(row: NoticeDelivery) -> bool:
    """Tell whether a notice should still go: nobody read it meanwhile, and its person is there and wants it so."""
    notice, kind = row.notice, KINDS.get(row.notice.kind)
    if kind is None or (notice.on_site and notice.read_at is not None):
        return False
    if not notice.person.is_active and not (kind.to_suspended and row.way == EMAIL):
        return False
    return row.way in ways_of(notice.person, kind.topic, by_mail=kind.to_suspended)


def _put_off(rows: Claimed, pause: timedelta, *, counts: bool) -> None:
    """Try again after `pause`; after the last attempt give up. An attempt that was not made does not count."""
    for row in rows:
        mine = NoticeDelivery.objects.filter(pk=row.pk, attempts=row.attempts)
        if counts and row.attempts > len(BACKOFF):
            mine.delete()
        else:
            mine.update(attempts=row.attempts if counts else row.attempts - 1, next_attempt_at=timezone.now() + pause)


def is_wanted(*, within: timedelta = timedelta()) -> bool:
    """Tell whether the process that sends is needed: something is due `within`."""
    return NoticeDelivery.objects.due(timezone.now() + within).exists()
