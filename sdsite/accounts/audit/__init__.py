"""The audit log: writing, where a deed came from, and reading."""

from sdsite.accounts.audit.recording import record

__all__ = ["record"]
