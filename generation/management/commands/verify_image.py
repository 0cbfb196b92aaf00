"""`manage.py verify_image ID`: generate an image again from its receipt, and compare."""

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
from generation.serializers.checks import explain

POLL_SECONDS = 0.5


class Command(BaseCommand):
    """Submits the job and waits for a worker of the running site to finish it."""

    help = "Generate an image again from its receipt, and compare. Needs a running worker."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("image", type=uuid.UUID, help="Id of the image.")
        parser.add_argument(
            "--wait", type=float, default=600, metavar="SECONDS", help="Wait at most this long (600; 0: do not wait)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        image = Image.objects.select_related("owner").filter(pk=options["image"]).first()
        if image is None:
            raise CommandError(f"There is no image {options['image']}.")
        try:
            check = verify_image(image=image)
        except JobRefused as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"Submitted as job {check.job_id}.")
        deadline = time.monotonic() + options["wait"]
        while time.monotonic() < deadline:
            check = ImageCheck.objects.select_related("job", "image").get(pk=check.pk)
            if check.job.is_finished:
                self._print(check)
                return
            time.sleep(POLL_SECONDS)
        self.stdout.write(f"The job is {check.job.status}; the result will be at /api/v1/images/{image.pk}/verify.")

    def _print(self, check: ImageCheck) -> None:
        if check.identical is None:
            raise CommandError(f"Not compared: {check.job.error_message or check.job.status}")
        if check.identical:
            self.stdout.write("Identical.")
        else:
            self.stdout.write(f"Not identical: {check.psnr:.2f} dB. {explain(check.differences, check.image.receipt)}")
        for name, (then, now) in check.differences.items():
            self.stdout.write(f"  {name}: {json.dumps(then)} then, {json.dumps(now)} now")
