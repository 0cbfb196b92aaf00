"""Log formatter that removes secrets.

Keys are sent in headers, which are not logged; but people paste them into URLs, and the paths of refused requests are
logged, as are values in the tracebacks of libraries.
"""

import logging
import re

# The public part of an API key stays, to find its owner; nothing stays of a webhook's secret.
SECRETS = re.compile(
    r"\b(sds_[a-z0-9]{8}_|whsec_)[A-Za-z0-9+/_=-]+"
    # Links of mails: whoever reads them in a log could open the account.
    r"|(\bpassword/reset/key/|\bconfirm-email/)[^\s/\"']+"
)


class DiscreetFormatter(logging.Formatter):
    """`logging.Formatter` that cuts off secrets, in tracebacks too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of `record`."""
        return SECRETS.sub(lambda found: f"{found[1] or found[2]}…", super().format(record))
