"""`manage.py verify_image` submits a verification and prints where its result will be."""

import pytest
from django.core.management import CommandError, call_command

from generation.models import ImageCheck

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_command_submits_and_prints_where_the_result_will_be(generate_images, capsys):
    [image] = generate_images(seed=5)
    call_command("verify_image", str(image.pk), "--wait", "0")
    assert "Submitted as job" in capsys.readouterr().out
    assert ImageCheck.objects.count() == 1
    with pytest.raises(CommandError, match="no image"):
        call_command("verify_image", "00000000-0000-4000-8000-000000000000")
