"""The cleanup of media files where there is nothing to clean."""

import pytest

from gallery.actions import cleanup

pytestmark = pytest.mark.usefixtures("own_media")


def test_a_sweep_of_nothing_finds_nothing(db):
    assert cleanup.sweep() == 0
