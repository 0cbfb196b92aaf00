"""How lines of the log are written: without secrets, whatever somebody put where it does not belong.

Keys travel in headers, which nobody logs; but people paste them into addresses, and paths of refused requests are
logged, as are the values in tracebacks of libraries.
"""

import logging
import re

# Of an API key the part that may be shown stays, so that one sees whose it was; of a webhook's secret nothing.
SECRETS = re.compile(r"\b(sds_[a-z0-9]{8}_|whsec_)[A-Za-z0-9+/_=-]+")


class DiscreetFormatter(logging.Formatter):
    """Writes lines as `logging.Formatter` does, traceback included, with secrets cut off."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return SECRETS.sub(r"\1…", super().format(record))
