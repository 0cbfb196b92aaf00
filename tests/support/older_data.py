"""The data folder that the commit b568c6b wrote, and functions that read answers of a site on it."""

import http.server
import json
import sqlite3
import tarfile
from contextlib import closing
from datetime import UTC, datetime

from tests.support.site import ROOT

PACKED = ROOT / "tests" / "e2e" / "data_of_b568c6b" / "yesterday.tar.xz"
ENDS = ("succeeded", "failed", "cancelled")
# Functions of tickets, as the older release named them; a ticket may wait in Valkey while a site is upgraded.
OLD_TICKETS = {
    "interactive": "generation.worker.tasks.work_ticket",
    "webhooks": "generation.webhooks.sending.deliver_ticket",
}


def unpack(folder):
    """Write the older site's data folder as `data` into `folder`; return what that site answered."""
    with tarfile.open(PACKED) as packed:
        packed.extractall(folder, filter="data")
    return json.loads((folder / "expected.json").read_text())


def make_young(database, hooks, idempotent):
    """Date the rows that a site deletes by age as if they had been written today, and send its webhooks to `hooks`."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    with closing(sqlite3.connect(database)) as rows, rows:
        rows.execute("UPDATE gallery_upload SET last_used_at = ?", [now])
        rows.execute("UPDATE generation_webhookdelivery SET created_at = ?", [now])
        rows.execute("UPDATE generation_webhookdelivery SET next_attempt_at = ? WHERE state = 'waiting'", [now])
        rows.execute("UPDATE generation_webhook SET created_at = ? WHERE job_id IS NOT NULL", [now])
        rows.execute("UPDATE generation_webhook SET url = ?", [hooks])
        rows.execute("UPDATE generation_job SET created_at = ? WHERE idempotency_key = ?", [now, idempotent])


class Receiver(http.server.BaseHTTPRequestHandler):
    """A receiver of webhooks that keeps (headers, body) of each request in the server's `received`."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


def get_ok(response):
    """Return the JSON of a response, having checked that it succeeded."""
    assert response.is_success, (str(response.request.url), response.status_code, response.text[:500])
    return response.json()


def get(client, address, **params):
    """Return the JSON at an address."""
    return get_ok(client.get(address, params=params))


def items(client, address, **params):
    """Return the items of a list that has one page."""
    page = get(client, address, limit=100, **params)
    assert page["next"] is None
    return page["items"]


def without(row, *names):
    """Return a row without the named fields."""
    return {name: value for name, value in row.items() if name not in names}


def holds(now, said):
    """Tell whether everything that was `said` is the same `now`; newer versions say more about each object."""
    if isinstance(said, dict):
        return isinstance(now, dict) and all(name in now and holds(now[name], value) for name, value in said.items())
    if isinstance(said, list):
        return isinstance(now, list) and len(now) == len(said) and all(map(holds, now, said))
    return bool(now == said)


def ended(client, job_id):
    """Wait until a job has ended, and return it."""
    job = get(client, f"/api/v1/jobs/{job_id}", wait=90)
    assert job["status"] in ENDS, job
    return job
