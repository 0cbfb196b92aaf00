"""Every door x every decision, on the prompt and on a label of the checker: what who asks gets, others see, is kept."""

import pytest

from gallery.models import Image, RuleHit
from gallery.rules.changes import remove_rule
from generation.models import Job, RoleLimits
from sdsite.accounts.models import Notice
from tests.support.clients.api_client import knocking_as
from tests.support.clients.logged_in import client_of
from tests.support.judged_doors import HTTP_DOORS, REASON, Looks, worker_in_a_thread
from tests.support.rules import make_rule
from tests.support.tiny.classifier import save_classifier

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_media", "valkey")]

_NATIVE = ("403 quarantined", "403 refused_by_rule, with the reason", "refused_by_safety")
# Source -> what its doors say of an image that is held, of a prompt that is refused, and where the checker refused.
SAYS = {
    "api": _NATIVE,
    "studio": _NATIVE,
    "comfyui": ("403 quarantined", "403 prompt_outputs_failed_validation, with the reason", "refused_by_safety"),
    "simple": ("403 quarantined", "403 refused_by_rule, with the reason", "422 refused_by_safety"),
    "openai": ("403 moderation_blocked", "400 moderation_blocked, with the reason", "400 moderation_blocked"),
    "sdapi": ("403 quarantined", "403 refused_by_rule, with the reason", "422 refused_by_safety"),
}
HELD, REFUSED, NONE_LEFT = range(3)
ANOTHER_WAY = ("studio", "simple, a file", "openai, an address")  # to a door that has all rows
# (decision, what the rule looks at) -> which of SAYS the door says, None: nothing is amiss; and how the image looks.
DECISIONS = {
    ("allow", "prompt"): (None, "sharp"),
    ("allow", "checker"): (None, "sharp"),
    ("notify", "prompt"): (None, "sharp"),
    ("notify", "checker"): (None, "sharp"),
    ("blur", "prompt"): (None, "blurred"),
    ("blur", "checker"): (None, "blurred"),
    ("hold", "prompt"): (HELD, None),
    ("hold", "checker"): (HELD, None),
    ("refuse", "prompt"): (REFUSED, None),
    ("refuse", "checker"): (NONE_LEFT, None),
}


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return str(save_classifier(tmp_path_factory.mktemp("classifier")))


@pytest.fixture
def site(checkpoint, classifier, settings):
    """A site whose checker flags nothing by itself, with a worker; only rules decide."""
    settings.ENV = {**settings.ENV, "SDSITE_SAFETY": classifier, "SDSITE_SAFETY_THRESHOLD": 1.1}
    settings.ENV["SDSITE_SHARING"] = "public"
    RoleLimits.objects.create(safety="allow")
    with worker_in_a_thread() as rest:
        yield rest


@pytest.mark.parametrize("door", HTTP_DOORS)
def test_each_decision_holds_at_the_door(door, site, alice, charlie, moderator):
    source, ask = HTTP_DOORS[door]
    client, looks = client_of(alice) if source == "studio" else knocking_as(alice), Looks()
    for (decision, scope), (says, look) in DECISIONS.items():
        if door in ANOTHER_WAY and (decision, scope) != ("allow", "prompt") and look == "sharp":
            continue
        cell = f"{door}: {decision} by {scope}"
        rule = make_rule(scope=scope, decision=decision, reason=REASON, least_score=0.0)
        said, data = ask(client)
        site()
        assert said == ("" if says is None else SAYS[source][says]), cell
        assert looks.of(data) == look, cell
        _check_rows(cell, source, decision, scope)
        _check_strangers(cell, charlie, look, looks)
        _forget(rule, moderator)


def _check_rows(cell, source, decision, scope):
    job, image = Job.objects.first(), Image.objects.first()
    refused = decision == "refuse"
    assert (job is None, image is None) == (refused and scope == "prompt", refused), cell
    if image is not None:
        action = {"blur": "blur", "hold": "quarantine"}.get(decision, "")
        assert (image.safety["action"], image.quarantined_at is not None) == (action, decision == "hold"), cell
    seen_by = source if scope == "prompt" else "worker"
    shown = image and scope == "checker" and image.pk
    hits = [] if decision == "allow" else [(seen_by, decision, decision, job and job.pk, shown or None)]
    found = RuleHit.objects.values_list("door", "decision", "outcome", "job_id", "image")
    assert list(found) == hits, cell
    told = Notice.objects.filter(kind="rule_matched").values_list("person__username", flat=True)
    assert list(told) == (["bob"] if decision == "notify" else []), cell


def _check_strangers(cell, charlie, look, looks):
    """Private images are nobody else's; made visible to all, they are seen as they are kept, and never while held."""
    client = knocking_as(charlie)
    for image in Image.objects.all():
        url = f"/api/v1/images/{image.pk}"
        assert client.get(url).status_code == 404, cell
        Image.objects.update(visibility="public")
        response = client.get(url)
        assert response.status_code == (404 if look is None else 200), cell
        if look:
            data = client.get(response.json()["file_url"]).content
            assert looks.of(data) == look, cell


def _forget(rule, actor):
    remove_rule(rule=rule, actor=actor)
    for model in (RuleHit, Notice, Image, Job):
        model.objects.all().delete()
