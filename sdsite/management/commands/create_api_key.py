"""`manage.py create_api_key`: creates an API key from the command line."""

import argparse
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sdsite.accounts.api_keys import create_key
from sdsite.accounts.models import SCOPES, User


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


class Command(BaseCommand):
    """Prints only the key to standard output, so that a script can store it; all else goes to standard error."""

    help = "Create an API key. The key is printed once and cannot be shown again."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="Name of the user the key acts for.")
        parser.add_argument("--scopes", required=True, help=f"Comma separated: {','.join(SCOPES)}.")
        parser.add_argument("--name", default="command line", help="What the key is for.")
        parser.add_argument("--expires-days", type=float, default=None, help="Days until it expires; default: never.")
        parser.add_argument(
            "--seconds-a-day",
            type=int,
            default=None,
            help="GPU time in any 24 hours, in seconds; default: as the role.",
        )
        parser.add_argument(
            "--checkpoints", default="", help="Slugs it may use, comma separated; default: all that the user may."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(username=options["user"]).first()
        if owner is None:
            raise CommandError(f"There is no user named {options['user']!r}.")
        scopes, checkpoints = (_listed(options[name]) for name in ("scopes", "checkpoints"))
        days = options["expires_days"]
        try:
            expires_at = None if days is None else timezone.now() + timedelta(days=days)
            key, secret = create_key(
                owner=owner,
                name=options["name"],
                scopes=scopes,
                expires_at=expires_at,
                seconds_a_day=options["seconds_a_day"],
                checkpoints=checkpoints,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except OverflowError as error:
            raise CommandError("--expires-days must be a number of days from now.") from error
        until = f"until {key.expires_at:%F}" if key.expires_at else "without expiry"
        self.stderr.write(f"Key {key} of {owner}, for {', '.join(key.scopes)}, {until}. It is shown this once:")
        self.stdout.write(secret)
