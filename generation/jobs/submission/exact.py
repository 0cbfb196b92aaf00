"""Exact repetition of an image that was generated in another speed mode."""

from typing import Any

from pydantic import ValidationError

from gallery.models import Image
from generation.errors import JobRefused
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from sdsite.accounts.credentials import Credentials


def generate_exactly(*, image: Image, credentials: Credentials, source: str) -> Job:
    """Submit a job with the settings and the seed of `image`, an own one, in speed mode exact.

    Raises:
        JobRefused: `not_retryable` (409: it is exact already, or of an older version), or what `submit_job` refuses.
    """
    if image.parameters.get("speed_mode", "exact") == "exact":
        raise JobRefused("not_retryable", "This image was generated exactly already.", status=409)
    alone: dict[str, Any] = {
        "count": 1,
        "batch_size": None,
        "keep_original": False,
        "grid": None,
        "image_prompts": None,
    }
    alone |= {"image_negative_prompts": None, "seed": image.seed, "speed_mode": "exact"}
    try:
        requested = GenerationParameters.model_validate({**image.parameters, **alone})
    except ValidationError as error:
        message = "The settings of this image are of an older version of the site."
        raise JobRefused("not_retryable", message, status=409) from error
    return submit_job(credentials=credentials, parameters=requested, source=source)
