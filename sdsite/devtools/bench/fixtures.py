"""Database fixtures for measurements of the queue: an empty database, users and queued jobs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

from generation.checkpoints import starter
from generation.models import Checkpoint, Job, Share
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from sdsite.accounts.models import User
from sdsite.server import bootstrap

AT_ONCE = 2000


@contextmanager
def database() -> Iterator[None]:
    """Use an empty database with the site's tables, dropped at the end.

    On PostgreSQL it is created beside the one that DATABASE_URL names; SQLite's is in the temporary folder.
    """
    beside = connection.vendor != "sqlite"
    name = str(connection.settings_dict["NAME"])
    if beside:
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
    else:
        bootstrap.migrate()
    try:
        starter.offer()
        yield
    finally:
        if beside:
            connection.creation.destroy_test_db(name, verbosity=0)


def people(count: int) -> list[User]:
    """Create `count` users, each with a share of the accelerators."""
    found = [User(username=f"bench{number}") for number in range(count)]
    User.objects.bulk_create(found, AT_ONCE)
    Share.objects.bulk_create([Share(owner=owner) for owner in found], AT_ONCE)
    return found


def requested() -> tuple[Checkpoint, ResolvedParameters]:
    """Return the starter checkpoint and resolved parameters for one image."""
    checkpoint = Checkpoint.objects.get(is_default=True)
    return checkpoint, resolve(GenerationParameters(prompt="a red heart", seed=7), checkpoint.defaults())


def fill(owners: Sequence[User], count: int, seconds: Callable[[int], float]) -> None:
    """Queue `count` jobs, given to the owners in turn; job number n should take `seconds(n)`."""
    checkpoint, resolved = requested()
    parameters = resolved.model_dump(mode="json")
    for start in range(0, count, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, count))
        Job.objects.bulk_create(
            Job(
                owner=owners[number % len(owners)],
                source=Job.Source.COMMAND,
                parameters=parameters,
                prompt=resolved.prompt,
                checkpoint=checkpoint,
                predicted_seconds=seconds(number),
            )
            for number in numbers
        )


def clear() -> None:
    """Delete all jobs and users."""
    Job.objects.all().delete()
    User.objects.all().delete()
