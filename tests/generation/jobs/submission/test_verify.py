"""Images that cannot be verified are refused."""

import pytest

from generation.errors import JobRefused
from generation.jobs.submission.verify import verify_image
from generation.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_cannot_be_drawn_again_is_refused(generate_images):
    [image] = generate_images(seed=5)
    for changes, words in (
        ({"safety": {"action": "blur"}}, "blurred"),
        ({"receipt": {"seconds": 1}}, "no receipt"),
        ({"receipt": {**image.receipt, "position": 7}}, "does not name a batch"),
        ({"parameters": {"prompt": "a", "width": 3}}, "older version"),
    ):
        for name, value in changes.items():
            setattr(image, name, value)
        with pytest.raises(JobRefused, match=words) as refused:
            verify_image(image=image)
        assert refused.value.code == "not_verifiable"
        image.refresh_from_db()
    assert not Job.objects.filter(source="verify").exists()
