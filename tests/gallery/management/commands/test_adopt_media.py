"""`manage.py adopt_media` joins a database and media that another database had."""

import pytest
from django.core.management import call_command

from tests.gallery.management.commands.test_sweep_media import leave_old

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]


def test_it_joins_a_new_database_and_old_media(capsys, tmp_path):
    leave_old(tmp_path, 3)
    call_command("sweep_media")
    assert "adopt_media" in capsys.readouterr().err
    call_command("adopt_media")
    call_command("sweep_media")
    assert "3 files moved aside" in capsys.readouterr().out
