"""Releasing tracebacks ends where an exception is its own cause."""

from sdsite.api.errors import let_go


def test_an_exception_may_be_its_own_cause():
    error, other = ValueError("a"), ValueError("b")
    error.__cause__, other.__cause__ = error, error
    let_go(other)
    assert (error.__traceback__, other.__traceback__) == (None, None)
