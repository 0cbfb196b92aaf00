"""What actions of the admin would do to people, in numbers."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from generation.jobs.use_reset import use_of
from generation.models import Job
from sdsite.accounts.admin_base import can, count
from sdsite.accounts.models import ApiKey, User, UserSession
from sdsite.people.removal import count_belongings

MOST_NAMED = 10  # people on the page of a deletion
COUNTED = ("images", "jobs", "uploads", "collections", "keys")
DELETED = {kind: f"gallery.delete_{kind[:-1]}" for kind in ("images", "uploads", "collections")}


def of_suspending(people: QuerySet[User]) -> Iterator[str]:
    """Yield what a suspension would end."""
    active = people.filter(is_active=True)
    unfinished = Job.objects.unfinished().filter(owner__in=active).count()
    keys = ApiKey.objects.usable().filter(owner__in=active).count()
    sessions = UserSession.objects.open().filter(user__in=active).count()
    yield f"{count(active.count(), 'person', 'people')} cannot log in any more, until they are reactivated."
    yield f"At once end: {count(sessions, 'session')}, {count(unfinished, 'unfinished job')}."
    yield f"{count(keys, 'key')} will be refused meanwhile."
    yield "What they made stays, and others do not see it meanwhile."


def of_logging_out(people: QuerySet[User]) -> Iterator[str]:
    """Yield what logging out everywhere would end."""
    sessions = UserSession.objects.open().filter(user__in=people).count()
    yield f"{count(sessions, 'session')} of {count(people.count(), 'person', 'people')} end at once; API keys stay."


def of_revoking_keys(people: QuerySet[User]) -> Iterator[str]:
    """Yield what revoking the keys of people would end."""
    keys = ApiKey.objects.usable().filter(owner__in=people)
    owners = count(keys.values("owner").distinct().count(), "person", "people")
    yield f"{count(keys.count(), 'key')} of {owners} will be refused at once, for good; sessions stay."


def of_resetting_use(people: QuerySet[User]) -> Iterator[str]:
    """Yield what resetting the use of a day would give back."""
    seconds, owners = use_of(people)
    yield f"{seconds:,.0f} s of GPU time of {count(owners, 'person', 'people')} will count towards no limit of a day."
    yield "What their jobs used stays in the charts, and so does fair share."


def of_deleting(people: list[User]) -> tuple[list[str], dict[str, int]]:
    """Return sentences on what deleting people would take, and the numbers of rows by kind; no page could list them."""
    found = count_belongings(*people)
    said = [f"{person}: all that is theirs, for good" for person in people[:MOST_NAMED]]
    if len(people) > MOST_NAMED:
        said.append(f"and {len(people) - MOST_NAMED:,} more")
    said.append(f"{filesizeformat(found['bytes'])} of files; {count(found['unfinished'], 'unfinished job')} cancelled")
    numbers = {"users": len(people), **{kind: found[kind] for kind in COUNTED}}
    return said, {kind: number for kind, number in numbers.items() if number}


def lacking_to_delete(request: HttpRequest, people: list[User]) -> set[str]:
    """Return the kinds that people have and the user of `request` may not delete.

    Jobs, keys and what else cannot be deleted by hand goes with its owner.
    """
    found = count_belongings(*people)
    return {kind for kind, permission in DELETED.items() if found[kind] and not can(request, permission)}
