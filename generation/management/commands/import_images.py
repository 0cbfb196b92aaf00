"""`manage.py import_images FOLDER`: import the images that other programs generated, with their settings."""

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from gallery.actions.collections import TooManyCollections, add_images, get_or_create_collection
from gallery.actions.uploads import UploadRefused, most_bytes
from generation.importing import import_image
from sdsite.accounts.models import User
from sdsite.core.disk_space import DiskFull

ENDINGS = {".png", ".jpg", ".jpeg", ".webp"}
REPORT_EVERY = 500  # files


class Command(BaseCommand):
    """Go through the folder file by file; one that was stopped continues, because known files are passed over."""

    help = (
        "Import images of AUTOMATIC1111, ComfyUI, InvokeAI, SwarmUI and others with their settings and dates. "
        "The folder is only read. May be stopped and repeated: files that are there already are passed over."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="Folder with images, and folders in it.")
        parser.add_argument("--user", metavar="NAME", help="Whose they become (the first administrator).")
        parser.add_argument("--collection", metavar="NAME", help="Collection that they are put into.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be imported, and store nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        owner, collection = _owner(options["user"]), None
        if options["collection"] and not options["dry_run"]:
            try:
                collection, _is_new = get_or_create_collection(owner=owner, name=options["collection"])
            except (ValidationError, TooManyCollections) as error:
                raise CommandError(f"--collection: {error}") from error
        done: Counter[str] = Counter()
        for path in _files(folder):
            kind = self._import(path, owner, collection, options["dry_run"])
            done[kind] += 1
            if done.total() % REPORT_EVERY == 0:
                self.stdout.write(f"{done.total()} files so far.")
        verb = "would be imported" if options["dry_run"] else "imported"
        told = [f"{number} from {source}" for source, number in sorted(done.items()) if source not in ("", "again")]
        new = done.total() - done[""] - done["again"]
        self.stdout.write(f"{new} {verb} ({', '.join(told) or 'none'}).")
        self.stdout.write(f"{done['again']} were there already, {done['']} refused.")

    def _import(self, path: Path, owner: User, collection: Any, dry_run: bool) -> str:
        """Return the program that generated the file; "again": it is there already; "": it was refused."""
        try:
            facts = path.stat()
            if facts.st_size > most_bytes():
                raise UploadRefused("body_too_large", f"An image must be at most {most_bytes() / 1e6:.0f} MB.")
            modified = datetime.fromtimestamp(facts.st_mtime, UTC)
            found = import_image(
                owner=owner, data=path.read_bytes(), name=path.name, modified=modified, dry_run=dry_run
            )
        except DiskFull as error:
            raise CommandError(f"{error} Repeat the command then; what is imported stays.") from error
        except (UploadRefused, OSError, ValueError, OverflowError) as error:
            self.stderr.write(f"{path}: {error}")
            return ""
        if collection is not None and found.image is not None:
            add_images(collection=collection, ids=[found.image.pk])
        return found.source if found.is_new else "again"


def _owner(name: str | None) -> User:
    users = User.objects.filter(is_active=True)
    found = users.filter(username=name).first() if name else users.filter(is_superuser=True).order_by("pk").first()
    if found is None:
        raise CommandError(f"There is no user {name}." if name else "There is no administrator; name a --user.")
    return found


def _files(folder: Path) -> Iterator[Path]:
    """Yield the image files of a folder and those in it by name; links are not followed out of it."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if path.suffix.lower() in ENDINGS and not path.is_symlink():
                yield path
