"""A site opens the data folder of an older release, and answers everything in it as that release did.

The folder was written by the commit b568c6b through its own pages and APIs, and is kept with what that commit answered.
The first tests only read: the queue is paused and three jobs wait, as when the older site was stopped. Tests that use
the fixture `running_queue` come last, because it resumes the queue.
"""

import base64
import hashlib
import hmac
import http.server
import json
import re
import threading

import httpx
import pytest
from redis import Redis
from rq import Queue

from tests.support import older_data
from tests.support.older_data import OLD_TICKETS, Receiver, ended, get, get_ok, holds, items, without
from tests.support.site import wait_for
from tests.support.up_process import Up

CHANGING = ("eta_seconds", "position")
ADDED = dict.fromkeys(("timestep_spacing", "init_upscaler", "keep_steps", "enhanced_from")) | {"speed_mode": "exact"}
SPENT = ("used", "remaining", "resets_at", "last_used_at")


@pytest.fixture(scope="module")
def receiver():
    """A server that receives webhooks."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.received = []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder that is unpacked."""
    return tmp_path_factory.mktemp("older")


@pytest.fixture(scope="module")
def before(folder):
    """What the older release answered."""
    return older_data.unpack(folder)


@pytest.fixture(scope="module")
def site(folder, before, receiver):
    """The site of today on the older folder, with all processes of `manage.py up`."""
    hooks = f"http://127.0.0.1:{receiver.server_port}/"
    older_data.make_young(folder / "data" / "sdsite.sqlite3", hooks, before["idempotency"]["key"])
    running = Up(folder / "data", SDSITE_FETCH_ALLOW="127.0.0.1")
    try:
        running.wait_until_ready()
        wait_for(running.live_worker, seconds=90, what="a worker")
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def programs(site, before):
    """A client for each key that the older release made, by its name in `before`."""
    clients = {}
    for name, key in before["keys"].items():
        clients[name] = httpx.Client(base_url=site.url, timeout=120, headers={"Authorization": f"Bearer {key}"})
    yield clients
    for client in clients.values():
        client.close()


@pytest.fixture(scope="module")
def admin(programs):
    return programs["admin"]


@pytest.fixture(scope="module")
def browsers(site, before):
    """A browser of each user, logged in with the password of before."""
    clients = {}
    for name, password in before["passwords"].items():
        clients[name] = httpx.Client(base_url=site.url, follow_redirects=True, timeout=60)
        clients[name].get("/accounts/login/").raise_for_status()
        form = {"login": name, "password": password, "csrfmiddlewaretoken": clients[name].cookies["csrftoken"]}
        clients[name].post("/accounts/login/", data=form, headers={"Referer": site.url}).raise_for_status()
    yield clients
    for client in clients.values():
        client.close()


@pytest.fixture(scope="module")
def running_queue(site, admin):
    """Resume the queue, with tickets in it as the older release wrote them."""
    with Redis(unix_socket_path=str(site.data / "valkey.sock")) as redis:
        for queue, function in OLD_TICKETS.items():
            Queue(queue, connection=redis).enqueue(function, result_ttl=0, failure_ttl=60, job_timeout=-1)
    get_ok(admin.patch("/api/v1/queue", json={"paused": False, "message": ""}))


def named(before, name):
    return before["names_of_jobs"][name]


def test_old_keys_have_the_same_owner_and_scopes(programs, before):
    for name, said in before["me"].items():
        now = without(get(programs[name], "/api/v1/me"), "jobs", *SPENT)
        now["key"] = without(now["key"], *SPENT)
        assert holds(now, said), name


def test_expired_and_revoked_keys_are_refused(programs, before):
    for name, status in before["refused_keys"].items():
        assert programs[name].get("/api/v1/me").status_code == status == 401


def test_the_list_of_keys_is_the_same(admin, before):
    assert [without(row, "last_used_at", "kind") for row in items(admin, "/api/v1/keys")] == before["list_of_keys"]


@pytest.mark.parametrize("person", ["admin", "berta"])
def test_every_job_is_the_same(programs, before, person):
    young = named(before, "idempotent")
    for pk, said in before["jobs"][person].items():
        now = without(get(programs[person], f"/api/v1/jobs/{pk}"), *CHANGING)
        assert holds(now, without(said, "created_at")), pk
        assert pk == young or now["created_at"] == said["created_at"]
    listed = [row["id"] for row in items(programs[person], "/api/v1/jobs")]
    assert [pk for pk in listed if pk != young] == [pk for pk in before["order_of_jobs"][person] if pk != young]


def test_the_queue_is_still_paused_with_the_same_jobs(admin, before):
    queue = get(admin, "/api/v1/queue")
    queue["jobs"] = [without(row, *CHANGING) for row in queue["jobs"]]
    assert {name: queue[name] for name in before["queue"]} | {"kinds": None} == before["queue"] | {"kinds": None}


def test_the_snapshot_of_a_queued_job_is_the_same(admin, before):
    with admin.stream("GET", f"/api/v1/jobs/{named(before, 'queued')}/events") as stream:
        told = json.loads(next(line for line in stream.iter_lines() if line.startswith("data:"))[5:])
    told["data"]["jobs"] = [without(row, *CHANGING) for row in told["data"]["jobs"]]
    assert {part: told.get(part) for part in before["snapshot"]} == before["snapshot"]


@pytest.mark.parametrize("person", ["admin", "berta"])
def test_every_image_is_the_same(programs, before, person):
    for pk, said in before["images"][person].items():
        assert holds(get(programs[person], f"/api/v1/images/{pk}"), said)
    assert [row["id"] for row in items(programs[person], "/api/v1/images")] == before["image_lists"][person]


@pytest.mark.parametrize("person", ["admin", "berta"])
def test_files_have_the_same_bytes(programs, before, person):
    for address, (kind, digest) in before["files"][person].items():
        answer = programs[person].get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind), address
        assert hashlib.sha256(answer.content).hexdigest() == digest, address


def test_other_users_see_nothing_of_it(programs, before):
    for pk in before["image_lists"]["admin"][:3]:
        assert programs["berta"].get(f"/api/v1/images/{pk}").status_code == 404
        assert programs["berta"].get(f"/api/v1/images/{pk}/file").status_code == 404
    assert programs["berta"].get(f"/api/v1/jobs/{named(before, 'two images')}").status_code == 404


def test_searches_find_the_same(admin, before):
    assert any(found for _, found in before["searches"])
    for asked, found in before["searches"]:
        assert [row["id"] for row in items(admin, "/api/v1/images", **asked)] == found, asked


LISTS = ["tags", "collections", "styles", "presets", "wildcards", "webhooks", "images/facets"]


@pytest.mark.parametrize("address", [f"/api/v1/{name}" for name in LISTS])
@pytest.mark.parametrize("person", ["admin", "berta"])
def test_lists_of_tags_collections_presets_and_webhooks_are_the_same(programs, before, person, address):
    now = get(programs[person], address)
    if address.endswith("/webhooks"):
        now = [without(row, "failures", "url") for row in now]
    assert holds(now, before["lists"][person][address])


def test_uploads_are_the_same(admin, before):
    assert [without(row, "last_used_at", "kind") for row in items(admin, "/api/v1/uploads")] == before["uploads"]


def test_settings_are_read_from_an_old_image(admin, before):
    pk = before["settings_of"]["image"]
    assert get_ok(admin.post("/api/v1/settings-of", json={"image_id": pk})) == {
        **before["settings_of"]["answer"],
        "skipped": [],
    }
    file = base64.b64encode(admin.get(f"/api/v1/images/{pk}/file").content).decode()
    told = get_ok(admin.post("/sdapi/v1/png-info", json={"image": f"data:image/png;base64,{file}"}))
    assert told["info"] == before["infotext"]


def test_a_contact_sheet_of_an_old_grid_is_made(admin, before):
    answer = admin.get(f"/api/v1/jobs/{named(before, 'grid')}/sheet", params={"cell": 64, "output_format": "png"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


def test_compatible_apis_keep_history_styles_and_options(admin, before):
    kept = before["lists"]["admin"]
    assert get(admin, "/history") == kept["/history"]
    assert get(admin, "/sdapi/v1/prompt-styles") == kept["/sdapi/v1/prompt-styles"]
    weights = ("sd_checkpoint_hash", "sd_model_checkpoint")  # may be newer
    now, then = get(admin, "/sdapi/v1/options"), kept["/sdapi/v1/options"]
    assert without(now, *weights) == without(then, *weights)
    [model] = get(admin, "/v1/models")["data"]
    assert model["id"] == "starter"


def test_an_old_signed_link_opens_its_image(site, before):
    links = before["signed_links"]
    answer = httpx.get(site.url + links["until_2100"])
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == links["sha256"]
    assert httpx.get(site.url + links["until_2100"][:-1]).status_code == 403


def test_an_expired_signed_link_is_recognised(site, before):
    answer = httpx.get(site.url + before["signed_links"]["of_one_hour"])
    assert answer.status_code == 200 or (answer.status_code == 403 and "valid for 60 minutes" in answer.text)


def test_an_old_idempotency_key_means_its_job(admin, before):
    asked = before["idempotency"]
    answer = admin.post("/api/v1/jobs", json=asked["wish"], headers={"Idempotency-Key": asked["key"]})
    assert get_ok(answer)["id"] == asked["job"]
    other = admin.post("/api/v1/jobs", json={"prompt": "a moon"}, headers={"Idempotency-Key": asked["key"]})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")


def test_a_moderator_sees_old_images_under_review(programs, before):
    held = [row["id"] for row in items(programs["carla"], "/api/v1/moderation/images", state="held")]
    assert held == before["held_back"]
    for pk in held:
        assert programs["carla"].get(f"/api/v1/images/{pk}/file").status_code == 200
        refused = programs["limited"].get(f"/api/v1/images/{pk}/file")  # the owner, by a key that may not moderate
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "quarantined")


def test_the_result_of_an_old_verification_is_kept(admin, before):
    now = get(admin, f"/api/v1/images/{before['verify']['image']}/verify")
    assert now.pop("explanation") == "", "it was identical"
    assert now == before["verify"]["answer"]


def test_the_starter_checkpoint_is_the_same(admin, before):
    now = get(admin, "/api/v1/checkpoints/starter")
    assert {part: now.get(part) for part in before["checkpoint"]} == before["checkpoint"]


def test_waiting_deliveries_are_sent_and_signed_with_the_old_secrets(admin, before, receiver):
    secret_of, event_of, pending = {}, {}, set()
    for name, rows in before["deliveries"].items():
        hook = next(row["id"] for row in before["lists"]["admin"]["/api/v1/webhooks"] if row["name"] == name)
        secret = next(before["webhook_secrets"][known] for known, pk in before["webhooks"].items() if pk == hook)
        for row in rows:
            secret_of[row["id"]], event_of[row["id"]] = secret, (row["event"], row["job"])
        pending |= {row["id"] for row in rows if row["state"] == "waiting"}

        def log(hook=hook):
            return items(admin, f"/api/v1/webhooks/{hook}/deliveries")

        wait_for(lambda log=log: all(row["state"] == "delivered" for row in log()), what=f"deliveries to {name}")
        facts = ("id", "event", "job", "index")
        now = {row["id"]: [row[fact] for fact in facts] for row in log()}
        assert now == {row["id"]: [row[fact] for fact in facts] for row in rows}
    assert len(pending) >= 2
    heard = {headers["webhook-id"]: (headers, body) for headers, body in receiver.received}
    assert set(heard) == pending
    for pk, (headers, body) in heard.items():
        key = base64.b64decode(secret_of[pk].removeprefix("whsec_"))
        signed = f"{pk}.{headers['webhook-timestamp']}.".encode() + body
        assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        message = json.loads(body)
        assert (message["event"], message["job"]) == event_of[pk]


def test_the_webhook_of_one_job_is_kept(admin, before):
    now = get(admin, "/api/v1/webhooks", job=named(before, "own webhook"))
    assert [without(row, "failures", "url", "created_at") for row in now] == before["webhook_of_job"]


def test_old_passwords_open_the_pages_of_each_user(browsers, before):
    for name, browser in browsers.items():
        for address in ("/", "/library/", "/collections/", "/settings/", "/settings/webhooks/"):
            answer = browser.get(address)
            assert (answer.status_code, answer.url.path) == (200, address), name
    for name in ("admin", "berta"):
        for pk in before["image_lists"][name]:
            assert browsers[name].get(f"/images/{pk}/").status_code == 200
    [hearts] = [row for row in before["lists"]["admin"]["/api/v1/collections"]["items"] if row["images"]]
    page = browsers["admin"].get(f"/collections/{hearts['id']}/")
    assert page.status_code == 200
    assert hearts["name"] in page.text
    assert browsers["admin"].get("/library/", params={"q": "heart"}).text.count("/thumbnail") >= 1


def test_the_admin_shows_every_old_row(browsers, before):
    admin = browsers["admin"]
    for jobs in before["jobs"].values():
        for pk in jobs:
            answer = admin.get(f"/admin/generation/job/{pk}/change/")
            assert (answer.status_code, answer.url.path) == (200, f"/admin/generation/job/{pk}/change/")
    index = admin.get("/admin/")
    assert index.status_code == 200
    lists = sorted(set(re.findall(r'href="(/admin/[a-z_]+/[a-z_]+/)"', index.text)))
    assert len(lists) > 10
    for address in lists:
        page = admin.get(address)
        assert page.status_code == 200, address
        for row in set(re.findall(rf'href="({address}[^"/]+/change/)', page.text)):
            assert admin.get(row).status_code == 200, row


def test_the_audit_log_has_old_events(browsers, before):
    page = browsers["admin"].get("/admin/accounts/auditevent/").text
    for action in before["audit"]:
        assert action in page


def test_permissions_of_a_role_still_hold(browsers):
    carla = browsers["carla"]
    assert carla.get("/admin/gallery/image/").status_code == 200
    assert carla.get("/admin/generation/job/").status_code == 200
    assert carla.get("/admin/generation/checkpoint/").status_code == 403
    assert carla.get("/admin/generation/wildcard/").status_code == 403


@pytest.mark.parametrize("name", ["queued", "queued of a limited key", "queued of berta"])
def test_a_queued_job_is_run_by_the_worker(programs, before, running_queue, name):
    client = programs["berta" if name.endswith("berta") else "admin"]
    job = ended(client, named(before, name))
    assert job["status"] == "succeeded", job
    assert job["parameters"] == before["jobs"]["berta" if name.endswith("berta") else "admin"][job["id"]]["parameters"]
    assert len(job["images"]) == job["image_count"]
    assert client.get(job["images"][0]["file_url"]).status_code == 200


@pytest.mark.parametrize(("name", "person"), [("cancelled", "admin"), ("refused", "berta")])
def test_an_old_job_without_images_is_retried(programs, before, running_queue, name, person):
    again = get_ok(programs[person].post(f"/api/v1/jobs/{named(before, name)}/retry"))
    job = ended(programs[person], again["id"])
    assert job["status"] == "succeeded", job
    assert job["parameters"] == before["jobs"][person][named(before, name)]["parameters"] | ADDED


def test_a_job_whose_input_image_was_deleted_fails_for_the_same_reason(admin, before, running_queue):
    old = before["jobs"]["admin"][named(before, "picture missing")]
    answer = admin.post(f"/api/v1/jobs/{old['id']}/retry")
    if answer.is_success:
        assert ended(admin, answer.json()["id"])["error"] == old["error"]
    else:
        assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("name", ["two images", "styles and wildcards", "hires", "inpaint", "variation"])
def test_an_old_image_is_verified(admin, before, running_queue, name):
    pk = before["jobs"]["admin"][named(before, name)]["images"][-1]["id"]
    check = get_ok(admin.post(f"/api/v1/images/{pk}/verify", params={"wait": 90}))
    assert check["status"] == "succeeded", check
    # Another processor, library or other weights may give another image; the receipts tell those apart.
    assert check["identical"] or check["differences"], check


def test_an_old_image_is_an_input_image_and_is_upscaled(admin, before, running_queue):
    pk = before["jobs"]["admin"][named(before, "two images")]["images"][0]["id"]
    style = {"styles": ["ink"], "prompt": "a __weather__ cloud", "strength": 0.6}
    for requested in (style, {"task": "upscale", "upscale_by": 2, "upscaler": "starter-x4"}):
        made = get_ok(admin.post("/api/v1/jobs", json={"init_image": f"image:{pk}", "steps": 2, **requested}))
        job = ended(admin, made["id"])
        assert job["status"] == "succeeded", job


def test_an_old_webhook_receives_events_of_today(admin, before, running_queue, receiver):
    job = named(before, "queued")
    ended(admin, job)

    def is_delivered():
        messages = [json.loads(body) for _, body in receiver.received]
        return ("job.succeeded", job) in {(message["event"], message["job"]) for message in messages}

    wait_for(is_delivered, what="the delivery")


def test_no_process_of_the_site_logs_an_error(site):
    """Except RQ, for a ticket whose function has another name today."""
    said = [line for line in site.log().splitlines() if re.search(r" (ERROR|CRITICAL) ", line)]
    assert [line for line in said if " ERROR rq.worker: " not in line] == []
