"""What webhooks can hear of, how they are told, and the bounds of all of it: pure data."""

from datetime import timedelta

# event -> what happened, for people
EVENTS: dict[str, str] = {
    "job.queued": "A job waits: it was submitted, or went back into the queue after its worker was lost",
    "job.started": "A worker took a job",
    "job.succeeded": "A job ended with its images",
    "job.failed": "A job ended without all its images",
    "job.cancelled": "Somebody stopped a job",
    "image.stored": "An image is finished and stored",
}
OF_STATUS: dict[str, str] = {
    "queued": "job.queued",
    "running": "job.started",
    "succeeded": "job.succeeded",
    "failed": "job.failed",
    "cancelled": "job.cancelled",
}
ENDS = ("job.succeeded", "job.failed", "job.cancelled")  # what a webhook hears of unless it says otherwise
TEST_EVENT = "webhook.test"

MOST_OF_ONE = 10  # webhooks of one person, those of single jobs not counted

TIMEOUT_SECONDS = 10.0  # of one attempt: name, connection, TLS, sending, the head of the answer
LEASE = timedelta(seconds=30)  # after which a delivery that is being sent was lost with its process
# Waits between attempts; after the last one a delivery has failed. A bit over a day together.
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200, 21600, 57600))
MOST_ATTEMPTS = len(BACKOFF) + 1
LONGEST_RETRY_AFTER = timedelta(hours=16)  # of what a receiver asks for by Retry-After
MOST_BODY_BYTES = 256 * 1024

# A webhook is switched off after so many failed attempts in a row, if they go on for so long.
MOST_FAILURES = 20
FAILING_FOR = timedelta(hours=1)

OLD_SECRET = timedelta(hours=24)  # how long deliveries are signed with the secret before, too
KEPT = timedelta(days=30)  # how long the log keeps what was sent
KEPT_OF_ONE = 1000  # deliveries that the log of one webhook keeps at most
