"""`manage.py export`: write all that is a person's into a zip file."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sdsite.accounts.models import User
from sdsite.people.export import export_parts


class Command(BaseCommand):
    """Writes beside the file first, so that one with its name is always whole."""

    help = "Write all that belongs to a user into a zip file."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="Name of the user.")
        parser.add_argument("file", type=Path, help="Zip file to write; it must not exist.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user named {options['user']!r}.")
        file: Path = options["file"]
        if file.exists():
            raise CommandError(f"{file} exists.")
        unfinished = file.with_name(f"{file.name}.unfinished")
        try:
            with unfinished.open("wb") as out:
                unfinished.chmod(0o600)
                out.writelines(export_parts(user))
            unfinished.rename(file)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise CommandError(f"{file} could not be written: {error.strerror}.") from error
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes")
