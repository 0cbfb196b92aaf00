"""`manage.py rebuild_rows`: make rows again of image files in the media storage that have none."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from generation.rebuilding import NotRebuilt, Owners, lost_files, rebuild_row
from sdsite.accounts.models import User
from sdsite.core.disk_space import DiskFull

REPORT_EVERY = 500  # files


class Command(BaseCommand):
    """Go through the files; a run that was stopped continues, because files with a row are passed over."""

    help = (
        "Make rows again of image files in the media storage that have none, with the settings in the files. "
        "Nothing is moved or deleted. May be stopped and repeated."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--user", metavar="NAME", help="Whose they become where neither job nor file tells.")
        parser.add_argument("--hold", action="store_true", help="Hide them from their owners until a moderator agrees.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be made, and write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        name, dry_run = options["user"], options["dry_run"]
        fallback = User.objects.filter(username=name).first() if name else None
        if name and fallback is None:
            raise CommandError(f"There is no user {name}.")
        owners, made, refused = Owners(fallback), 0, 0
        for file in lost_files():
            try:
                rebuild_row(file, owners, hold=options["hold"], dry_run=dry_run)
                made += 1
            except DiskFull as error:
                raise CommandError(f"{error} Repeat the command then; the rows that were made stay.") from error
            except (NotRebuilt, OSError) as error:
                self.stderr.write(f"{file}: {error}")
                refused += 1
            if (made + refused) % REPORT_EVERY == 0:
                self.stdout.write(f"{made + refused} files without a row so far.")
        self.stdout.write(f"{made} rows {'would be made' if dry_run else 'made'}, {refused} files refused.")
