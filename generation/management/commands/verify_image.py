"""`manage.py verify_image ID`: draw an image again as its receipt says, and tell whether it comes out the same."""

import argparse
import json
import time
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery.models import Image
from generation.errors import JobRefused
from generation.jobs.submission.verify import verify_image
from generation.models import ImageCheck

LOOK_AGAIN_SECONDS = 0.5


class Command(BaseCommand):
    """Queues the job and waits for what a worker of the running site makes of it."""

    help = "Draw an image again as its receipt says, and tell whether it comes out the same; needs a running worker."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("image", type=uuid.UUID, help="Id of the image.")
        parser.add_argument("--wait", type=float, default=600, metavar="SECONDS", help="Wait so long (600; 0: do not).")

    def handle(self, *args: Any, **options: Any) -> None:
        image = Image.objects.select_related("owner").filter(pk=options["image"]).first()
        if image is None:
            raise CommandError(f"There is no image {options['image']}.")
        try:
            check = verify_image(image=image)
        except JobRefused as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"Job {check.job_id} draws it again.")
        deadline = time.monotonic() + options["wait"]
        while time.monotonic() < deadline:
            check = ImageCheck.objects.select_related("job").get(pk=check.pk)
            if check.job.is_finished:
                self._tell(check)
                return
            time.sleep(LOOK_AGAIN_SECONDS)
        self.stdout.write(f"It is {check.job.status}; GET /api/v1/images/{image.pk}/verify tells what comes of it.")

    def _tell(self, check: ImageCheck) -> None:
        if check.identical is None:
            raise CommandError(f"It was not compared: {check.job.error_message or check.job.status}")
        self.stdout.write("Identical." if check.identical else f"Not identical: {check.psnr:.2f} dB.")
        for name, (then, now) in check.differences.items():
            self.stdout.write(f"  {name}: {json.dumps(then)} then, {json.dumps(now)} now")
