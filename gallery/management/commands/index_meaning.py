"""`manage.py index_meaning`: how far the index of search by meaning is, or begin it anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gallery.search.meaning.index import count_progress, current_model, rebuild


class Command(BaseCommand):
    """Only tells and asks; a worker with the model indexes while nothing else runs."""

    help = "Say how many images are indexed by meaning; with --rebuild begin anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="give every image a new vector")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"]:
            rebuild()
        model = current_model()
        if model is None:
            raise CommandError("The site has no search model: add one as an adapter, and let a worker run.")
        progress = count_progress(model)
        self.stdout.write(f"{model.title}: {progress.indexed:,} of {progress.images:,} images indexed.")
