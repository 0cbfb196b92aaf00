"""Rules on generated images, with a real pipeline and checker: what is stored, what previews show, what is recorded."""

import pytest

from gallery.models import Image, RuleHit
from gallery.rules.replay import replay
from generation.jobs.claim import claim
from generation.models import Job, RoleLimits
from generation.worker import hooks
from generation.worker import safety as judging
from generation.worker.runner import run
from generation.worker.session import WorkerSession
from tests.generation.worker.test_safety import LANES, detail
from tests.support.factories import make_job
from tests.support.rules import make_rule
from tests.support.tiny.classifier import save_classifier

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return str(save_classifier(tmp_path_factory.mktemp("classifier")))


@pytest.fixture
def generated(alice, checkpoint, classifier, monkeypatch, settings, no_worker):
    """Return a function that generates a job of Alice, with the previews that were shown; nothing is flagged."""
    shown = []
    monkeypatch.setattr(hooks, "publish_preview", lambda owner, event, jpeg: shown.append(jpeg))
    RoleLimits.objects.create(safety="allow")

    def run_one(*, checked=True, **requested):
        settings.ENV = {**settings.ENV, "SDSITE_SAFETY": classifier if checked else "none"}
        settings.ENV["SDSITE_SAFETY_THRESHOLD"] = 1.1
        shown.clear()
        job = make_job(alice, checkpoint, steps=2, preview={"every": 1}, **requested)
        session = WorkerSession("w", LANES)
        run(claim(worker=session.name, lanes=LANES), session)
        session.wait_for_storing()
        session.storing_pool.shutdown()
        return Job.objects.get(pk=job.pk), list(shown)

    return run_one


def label_rule(decision, **more):
    return make_rule(name=decision, scope="checker", decision=decision, **{"least_score": 0.0, **more})


def test_the_strictest_rule_on_a_label_decides_and_its_previews_are_veiled(generated):
    label_rule("notify")
    job, previews = generated()
    [image] = Image.objects.of_job(job.pk)
    assert (image.safety["action"], image.quarantined_at) == ("", None)
    assert max(map(detail, previews)) > 2
    assert RuleHit.objects.get().image == image

    label_rule("blur", label="nsfw")
    job, previews = generated()
    [image] = Image.objects.of_job(job.pk)
    assert image.safety["action"] == "blur"
    assert max(map(detail, previews)) < 2

    label_rule("hold")
    job, previews = generated()
    [image] = Image.objects.of_job(job.pk)
    assert (image.safety["action"], image.quarantined_at is not None) == ("quarantine", True)

    label_rule("refuse", label="nsfw")
    job, previews = generated()
    assert (job.status, job.error_code, job.refused) == ("failed", "refused_by_safety", [0])
    assert max(map(detail, previews)) < 2
    refused = RuleHit.objects.filter(job_id=job.pk)
    assert set(refused.values_list("outcome", "image", "door")) == {("refuse", None, "worker")}
    found = replay()
    assert (found.same, found.different) == (4, [])


def test_a_rule_on_the_prompt_holds_for_the_images_without_a_checker(generated):
    make_rule(decision="hold", words="heart")
    job, previews = generated(checked=False)
    [image] = Image.objects.of_job(job.pk)
    assert (image.safety, image.quarantined_at is not None) == ({"action": "quarantine"}, True)
    assert max(map(detail, previews)) < 2
    assert judging.ACTIONS["hold"] == "quarantine"
