"""Reading the audit log: filters, a bounded search, and the export as JSON lines. Each filter has an index."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Q, QuerySet

from sdsite.accounts.models import AuditEvent

MOST_FOUND = 500  # events that a search finds in each column
SEARCHED = ("actor_name", "action", "target", "address", "key_lookup")
EXPORTED_TOGETHER = 1000


def filter_events(
    *,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
    address: str | None = None,
    key: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEvent]:
    """Return the events that have all the given values; `key` is a look-up part, the times are from and before."""
    conditions = {
        "actor_name": actor,
        "action": action,
        "target": target,
        "address": address,
        "key_lookup": key,
        "at__gte": since,
        "at__lt": until,
    }
    return AuditEvent.objects.filter(**{name: value for name, value in conditions.items() if value is not None})


def search_events(rows: QuerySet[AuditEvent], text: str) -> tuple[QuerySet[AuditEvent], bool]:
    """Return the `rows` of which a column of SEARCHED is or begins with `text`, and whether there may be more.

    Exact values are the newest MOST_FOUND; of beginnings as many are read, in the order of the column's index.
    """
    found: set[int] = set()
    has_more = False
    for column in SEARCHED:
        exact = rows.filter(**{column: text}).order_by("-at", "-pk")
        for part in (exact, rows.filter(_begins(column, text)).order_by(column)):
            ids = list(part.values_list("pk", flat=True)[:MOST_FOUND])
            has_more |= len(ids) == MOST_FOUND
            found.update(ids)
    return rows.filter(pk__in=sorted(found, reverse=True)[: 2 * MOST_FOUND]), has_more or len(found) > 2 * MOST_FOUND


def _begins(column: str, text: str) -> Q:
    """Return the condition that uses the index: SQLite's LIKE, which ignores case, reads the whole table."""
    if connection.vendor != "sqlite":
        return Q(**{f"{column}__startswith": text})
    return Q(**{f"{column}__gt": text, f"{column}__lt": f"{text}\U0010ffff"})


def as_dict(event: AuditEvent) -> dict[str, Any]:
    """Return an event as the API and the export show it."""
    key = {"name": event.key_name, "lookup": event.key_lookup} if event.key_lookup else None
    return {
        "id": event.pk,
        "at": event.at,
        "actor": event.actor_name,
        "action": event.action,
        "target": event.target,
        "address": event.address,
        "key": key,
        "door": event.door,
        "before": event.before,
        "after": event.after,
        "detail": event.detail,
    }


def json_lines(rows: QuerySet[AuditEvent]) -> Iterator[str]:
    """Yield each event as a line of JSON; few are in memory at once."""
    for event in rows.iterator(chunk_size=EXPORTED_TOGETHER):
        yield json.dumps(as_dict(event), cls=DjangoJSONEncoder, ensure_ascii=False) + "\n"
