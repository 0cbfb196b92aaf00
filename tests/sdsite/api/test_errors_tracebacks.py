"""Releasing tracebacks ends where an exception is its own cause."""

from sdsite.api.errors import clear_tracebacks


def test_an_exception_may_be_its_own_cause():
    error, other = ValueError("a"), ValueError("b")
    error.__cause__, other.__cause__ = error, error
    clear_tracebacks(other)
    assert (error.__traceback__, other.__traceback__) == (None, None)
