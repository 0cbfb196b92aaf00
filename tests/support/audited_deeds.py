"""Check that entries of the audit log are written in the transaction of their deed, while any test runs."""

import functools
import sys

from django.db import connection

TESTS = "tests."


def is_in_deed():
    """Tell whether a transaction is open that the code has begun, and not only that of the test."""
    return any(not block._from_testcase for block in connection.atomic_blocks)


def checked(record):
    """Return `record` as it is for tests, and refusing callers among the code that have begun no transaction."""

    @functools.wraps(record)
    def check_and_record(**event):
        module = sys._getframe(1).f_globals["__name__"]
        if not module.startswith(TESTS):
            assert is_in_deed(), f"{module} writes {event['action']} outside of the transaction of its deed"
        return record(**event)

    return check_and_record
