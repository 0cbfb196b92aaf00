"""A running site for the tests that only look at it or hurt it."""

import pytest

from tests.support.up_process import Up


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    """A ready site with one worker, shared by the tests of one module."""
    site = Up(tmp_path_factory.mktemp("up") / "data")
    try:
        yield site.wait_until_ready()
    finally:
        site.stop()
