"""`manage.py rebuild_rows`: make rows again of files of images and uploads in the media storage that have none."""

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from generation.rebuilding.images import NotRebuilt, Owners, lost_files, rebuild_row
from generation.rebuilding.uploads import lost_uploads, rebuild_upload
from sdsite.accounts.models import User
from sdsite.core.disk_space import DiskFull

REPORT_EVERY = 500  # files


class Command(BaseCommand):
    """Go through the files; a run that was stopped continues, because files with a row are passed over."""

    help = (
        "Make rows again of files of images and uploads in the media storage that have none, with the settings in the "
        "files. "
        "Nothing is moved or deleted. May be stopped and repeated."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--user", metavar="NAME", help="Whose they become where neither job nor file tells.")
        parser.add_argument("--hold", action="store_true", help="Hide them from their owners until a moderator agrees.")
        parser.add_argument(
            "--same-people",
            action="store_true",
            help="The people of this database are those of the files: uploads belong to the number of their folder.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would be made, and write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        name, dry_run = options["user"], options["dry_run"]
        fallback = User.objects.filter(username=name).first() if name else None
        if name and fallback is None:
            raise CommandError(f"There is no user {name}.")
        images = partial(rebuild_row, owners=Owners(fallback), hold=options["hold"], dry_run=dry_run)
        uploads = partial(rebuild_upload, fallback=fallback, same_people=options["same_people"], dry_run=dry_run)
        made, refused = self._rebuild(lost_files(), images)
        made_uploads, refused_uploads = self._rebuild(lost_uploads(), uploads)
        self.stdout.write(
            f"{made + made_uploads} rows {'would be made' if dry_run else 'made'}, {made_uploads} of them uploads, "
            f"{refused + refused_uploads} files refused."
        )

    def _rebuild(self, files: Iterator[str], rebuild: Callable[[str], object]) -> tuple[int, int]:
        """Rebuild the row of each file; return how many were made, and how many refused."""
        made, refused = 0, 0
        for file in files:
            try:
                rebuild(file)
                made += 1
            except DiskFull as error:
                raise CommandError(f"{error} Repeat the command then; the rows that were made stay.") from error
            except (NotRebuilt, OSError) as error:
                self.stderr.write(f"{file}: {error}")
                refused += 1
            if (made + refused) % REPORT_EVERY == 0:
                self.stdout.write(f"{made + refused} files without a row so far.")
        return made, refused
