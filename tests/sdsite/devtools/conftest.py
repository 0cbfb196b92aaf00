"""A Python that has imported everything, for benches and chaos runs."""

import pytest

from tests.support.prepared_python import PreparedPython


@pytest.fixture(scope="session")
def prepared_python():
    """The process that forks the workers of all benches and chaos runs; started by the first that asks."""
    prepared = PreparedPython()
    yield prepared
    prepared.stop()
