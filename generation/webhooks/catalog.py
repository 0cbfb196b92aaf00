"""Webhook events, retry times and limits: data without code."""

from datetime import timedelta

# event -> description, shown on the settings page
EVENTS: dict[str, str] = {
    "job.queued": "A job was queued: it was submitted, or its worker was lost",
    "job.started": "A job started",
    "job.succeeded": "A job finished with all its images",
    "job.failed": "A job failed",
    "job.cancelled": "A job was cancelled",
    "image.stored": "An image was stored",
}
EVENT_OF_STATUS: dict[str, str] = {
    "queued": "job.queued",
    "running": "job.started",
    "succeeded": "job.succeeded",
    "failed": "job.failed",
    "cancelled": "job.cancelled",
}
END_EVENTS = ("job.succeeded", "job.failed", "job.cancelled")  # the default of a webhook
TEST_EVENT = "webhook.test"

MOST_WEBHOOKS = 10  # of one owner; webhooks of single jobs are not counted

TIMEOUT_SECONDS = 10.0  # of one attempt: name, connection, TLS, sending, head of the response
LEASE = timedelta(seconds=30)  # after it a delivery that is being sent counts as lost with its process
# Pauses between attempts; after the last attempt a delivery has failed. Together a little more than a day.
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200, 21600, 57600))
MOST_ATTEMPTS = len(BACKOFF) + 1
LONGEST_RETRY_AFTER = timedelta(hours=16)  # cap on a receiver's Retry-After
MOST_BODY_BYTES = 256 * 1024

# A webhook is switched off after MOST_FAILURES failed attempts in a row over at least FAILING_FOR.
MOST_FAILURES = 20
FAILING_FOR = timedelta(hours=1)

OLD_SECRET_VALID_FOR = timedelta(hours=24)  # deliveries are signed with the previous secret too
KEPT_PER_WEBHOOK = 1000  # deliveries in the log
