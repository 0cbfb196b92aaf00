"""Storing, reading and removing notices.

A notice is stored in the transaction of what it tells. After the commit the count of unread ones is written to the row
of the person, which every page reads anyway, so that the badge costs no query; and the listeners are told.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from sdsite.accounts.models import Notice, User
from sdsite.accounts.notices.choices import SITE, ways_of
from sdsite.accounts.notices.kinds import KINDS, Kind
from sdsite.accounts.notices.sending.outbox import deliver_later

logger = logging.getLogger(__name__)

MOST_NOTICES = 500  # of one person; older ones go
REMOVED_TOGETHER = 20  # each new notice takes so many of those beyond with it
KEPT_FOR = timedelta(days=90)
CHUNK = 1000
A_MILLISECOND = timedelta(milliseconds=1)
MOST_ACTORS = 200  # remembered of a joined notice, so that none of them counts twice

# Apps that publish events add a function here: it takes the id of a person and their count of unread notices.
listeners: list[Callable[[int, int], None]] = []


def notify(
    user: User | int, kind: str, *, url: str = "", actor: User | None = None, group: str = "", **detail: Any
) -> Notice | None:
    """Tell `user` that something of `kind` happened; stored in the caller's transaction, published after the commit.

    Args:
        user: whom to tell, or the id of that account.
        kind: one of KINDS.
        url: path on this site that the notice leads to.
        actor: who did it; somebody is not told what they did themselves.
        group: notices of one kind and group join while the first is unread and young, each `actor` counted once.
        **detail: values of the placeholders of the sentence; `count` says that it tells of several at once; no secrets.

    Returns:
        The stored notice; None where there is nobody to tell, or nothing new.
    """
    told = KINDS[kind]
    if url and (not url.startswith("/") or url.startswith("//")):
        raise ValueError("a notice leads to a path on this site")
    person = user if isinstance(user, User) else User.objects.filter(pk=user).first()
    if person is None or (actor is not None and actor.pk == person.pk):
        return None
    ways = ways_of(person, told.topic, by_mail=told.to_suspended)
    if not ways:
        return None
    if told.once_a_person and actor is not None:
        detail["actors"] = [actor.pk]
    new = Notice(
        person=person, kind=kind, url=url[:500], actor=actor, group=group[:80], detail=detail, on_site=SITE in ways
    )
    with transaction.atomic():
        last = _last_of_group(new, told) if group else None
        if last is not None and set(detail.get("actors", ())) & set(last.detail.get("actors", ())):
            return None
        if last is not None and last.read_at is None:
            joined = _join(last, new)
            deliver_later(joined, topic=told.topic, ways=ways, joined=True)
            return joined
        new.save(force_insert=True)
        deliver_later(new, topic=told.topic, ways=ways)
        _remove_beyond(person)
        _publish_later(person.pk)
    return new


def _last_of_group(new: Notice, kind: Kind) -> Notice | None:
    """Return the notice that a new one may join, locked; None where there is none that is young enough."""
    rows = Notice.objects.filter(person=new.person_id, kind=new.kind, group=new.group)
    return rows.filter(created_at__gt=new.created_at - kind.joins_within).select_for_update().first()


def _join(last: Notice, new: Notice) -> Notice:
    """Let `last` tell of what `new` tells too."""
    count = last.detail.get("count", 1) + new.detail.get("count", 1)
    actors = [*last.detail.get("actors", ()), *new.detail.get("actors", ())][-MOST_ACTORS:]
    last.detail = {**last.detail, **new.detail, "count": count} | ({"actors": actors} if actors else {})
    last.created_at, last.url, last.actor, last.on_site = new.created_at, new.url or last.url, new.actor, new.on_site
    last.save(update_fields=["detail", "created_at", "url", "actor", "on_site"])
    _publish_later(last.person_id)
    return last


def was_told(user_id: int, *kinds: str, within: timedelta) -> bool:
    """Tell whether a person got a notice of one of `kinds` lately."""
    since = timezone.now() - within
    return Notice.objects.filter(person=user_id, kind__in=kinds, created_at__gt=since).exists()


def mark_read(*, user: User, pk: int | None = None, until: datetime | None = None) -> int:
    """Mark one notice of `user` as read, or all, or all up to the moment `until`; return how many are unread still."""
    rows = Notice.objects.visible_to(user).unread()
    if pk is not None:
        rows = rows.filter(pk=pk)
    if until is not None:
        rows = rows.filter(created_at__lt=until + A_MILLISECOND)  # JSON has no shorter parts of a second
    if rows.update(read_at=timezone.now()):
        _publish_later(user.pk)
    return count_unread(user)


def count_unread(user: User) -> int:
    """Return how many notices of `user` are unread."""
    return Notice.objects.visible_to(user).unread().count()


def remove_old(now: datetime | None = None) -> int:
    """Remove notices older than KEPT_FOR, in chunks, so that no transaction is long; return how many."""
    removed, limit = 0, (now or timezone.now()) - KEPT_FOR
    old = Notice.objects.filter(created_at__lt=limit).order_by("created_at")
    while rows := list(old.values_list("pk", "person")[:CHUNK]):
        removed += Notice.objects.filter(pk__in=[pk for pk, _ in rows]).delete()[0]
        for person in {person for _, person in rows}:
            _publish(person)
    return removed


def _remove_beyond(person: User) -> None:
    """Remove the oldest notices of a person beyond MOST_NOTICES."""
    mine = Notice.objects.filter(person=person).values_list("pk", flat=True)
    beyond = list(mine[MOST_NOTICES : MOST_NOTICES + REMOVED_TOGETHER])
    if beyond:
        Notice.objects.filter(pk__in=beyond).delete()


def _publish_later(person_id: int) -> None:
    transaction.on_commit(lambda: _publish(person_id), robust=True)


def _publish(person_id: int) -> None:
    """Write the count of unread notices to the account, by a statement of its own, and tell the listeners."""
    mine = Notice.objects.filter(person=person_id, on_site=True, read_at=None).order_by()
    unread = mine.aggregate(count=Count("pk"))["count"]
    User.objects.filter(pk=person_id).exclude(unread_notices=unread).update(unread_notices=unread)
    for listener in listeners:
        listener(person_id, unread)
