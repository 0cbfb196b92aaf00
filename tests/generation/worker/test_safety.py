"""Every image is checked before it is shown, and each policy is applied; with a real pipeline and checker."""

import io
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.db import connection
from PIL import Image as Pillow
from PIL import ImageChops, ImageStat

from gallery.models import Image
from generation.jobs import reaper
from generation.jobs.claim import claim
from generation.models import Job, RoleLimits
from generation.pipelines.safety import Verdict
from generation.worker import hooks
from generation.worker import safety as judging
from generation.worker.lease import Lease
from generation.worker.runner import run
from generation.worker.session import WorkerSession
from tests.generation.worker.conftest import Cut
from tests.support.at_once import while_locked
from tests.support.factories import make_job
from tests.support.tiny.classifier import save_classifier

pytestmark = pytest.mark.django_db(transaction=True)

LANES = ("interactive", "batch")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return str(save_classifier(tmp_path_factory.mktemp("classifier")))


@pytest.fixture
def previews(monkeypatch):
    """What was shown while pictures emerged."""
    shown = []
    monkeypatch.setattr(hooks, "publish_preview", lambda owner, event, jpeg: shown.append(jpeg))
    return shown


@pytest.fixture
def draw(alice, checkpoint, classifier, previews, monkeypatch, settings, no_worker):
    """Return a function that draws a job of Alice, whose pictures all are objected to unless `threshold` says else."""

    def drawn(policy, *, threshold=0.0, safety=classifier, **requested):
        settings.ENV = {**settings.ENV, "SDSITE_SAFETY": safety, "SDSITE_SAFETY_THRESHOLD": threshold}
        group, _ = Group.objects.get_or_create(name="everybody")
        group.user_set.add(alice)
        RoleLimits.objects.update_or_create(group=group, defaults={"safety": policy})
        job = make_job(alice, checkpoint, steps=2, preview={"every": 1}, **requested)
        session = WorkerSession("w", LANES)
        run(claim(worker=session.name, lanes=LANES), session)
        session.wait_for_storing()
        session.storing_pool.shutdown()
        return Job.objects.get(pk=job.pk)

    return drawn


@pytest.fixture
def lease_of_one(alice, checkpoint, no_worker):
    make_job(alice, checkpoint)
    return Lease(claim(worker="w1", lanes=LANES))


def detail(data):
    """Return how much a picture loses, 0 to 255 a subpixel, when only 32 pixels of its longest side are kept."""
    with Pillow.open(io.BytesIO(data)) as picture:
        picture = picture.convert("RGB")
    return ImageStat.Stat(ImageChops.difference(picture, judging.blur(picture, 32))).mean[0]


def stored(image):
    return default_storage.open(image.file).read()


def test_images_that_are_not_flagged_are_stored_with_their_score(draw):
    job = draw("refuse", threshold=1.1)
    [image] = Image.objects.of_job(job.pk)
    assert (image.safety["action"], image.quarantined_at) == ("", None)
    assert 0 <= image.safety["score"] <= 1
    assert image.safety["checker"]


@pytest.mark.parametrize(("above", "flagged"), [(0.0, True), (1e-9, False)])
def test_a_score_of_exactly_the_threshold_is_flagged(lease_of_one, classifier, settings, above, flagged):
    image = Pillow.new("RGB", (64, 64), "red")
    settings.ENV = {**settings.ENV, "SDSITE_SAFETY": classifier, "SDSITE_SAFETY_THRESHOLD": 0.0}
    [verdict] = judging.checker().check([image])
    assert 0 < verdict.score < 1
    settings.ENV["SDSITE_SAFETY_THRESHOLD"] = verdict.score + above
    checked = judging.check_image(lease_of_one, image)
    assert (checked.action, checked.facts["action"]) == ((judging.Safety.QUARANTINE,) * 2 if flagged else ("", ""))


def test_each_policy_is_applied(draw, previews):
    job = draw("allow")
    [image] = Image.objects.of_job(job.pk)
    whole = stored(image)
    assert (image.safety["action"], image.safety["labels"], image.quarantined_at) == ("allow", ["nsfw"], None)
    previews.clear()

    [image] = Image.objects.of_job(draw("blur").pk)
    assert image.safety["action"] == "blur"
    with Pillow.open(io.BytesIO(whole)) as clear, Pillow.open(io.BytesIO(stored(image))) as blurred:
        assert blurred.tobytes() == judging.blur(clear).tobytes() != clear.tobytes()
    assert previews
    assert all(detail(one) < 2 for one in previews)
    previews.clear()

    [image] = Image.objects.of_job(draw("quarantine").pk)
    assert image.quarantined_at is not None
    assert image.safety["action"] == "quarantine"
    assert previews
    assert all(detail(one) < 2 for one in previews)
    previews.clear()

    job = draw("refuse", count=2)
    assert (job.status, job.error_code, job.refused) == ("failed", "refused_by_safety", [0, 1])
    assert not Image.objects.of_job(job.pk).exists()
    assert previews
    assert all(detail(one) < 2 for one in previews)


class FlagsFirst:
    """A checker that flags the first image that it sees."""

    name = "first"

    def __init__(self):
        self.scores = iter([1.0, 0.0])

    def check(self, images):
        return [Verdict(next(self.scores), ("nsfw",)) for _ in images]


def test_of_several_only_the_refused_are_missing(draw, monkeypatch):
    monkeypatch.setitem(judging._loaded, "first", FlagsFirst())
    job = draw("refuse", safety="first", threshold=0.5, count=2)
    assert job.status == "succeeded"
    assert len(job.refused) == 1
    assert job.dropped == job.refused
    [image] = Image.objects.of_job(job.pk)
    assert (image.index, image.safety["action"], image.safety["score"]) == (1 - job.refused[0], "", 0)


def test_a_checker_that_does_not_work_lets_nothing_through(draw, tmp_path):
    (tmp_path / "empty").mkdir()
    job = draw("allow", safety=str(tmp_path / "empty"))
    assert (job.status, job.error_code) == ("failed", "safety_failed")
    assert not Image.objects.exists()


def test_without_a_checker_nothing_is_judged_or_veiled(draw, previews):
    [image] = Image.objects.of_job(draw("refuse", safety="none").pk)
    assert (image.safety, image.quarantined_at) == ({}, None)
    assert previews


def test_a_veil_leaves_nothing_to_recognise(settings):
    settings.ENV = {**settings.ENV, "SDSITE_SAFETY": "nudenet"}
    noise = Pillow.effect_noise((256, 256), 100).convert("RGB")
    buffer = io.BytesIO()
    noise.save(buffer, "JPEG")
    clear = buffer.getvalue()
    assert judging.blur_preview(SimpleNamespace(veiled=False), clear) == clear
    assert detail(judging.blur_preview(SimpleNamespace(veiled=True), clear)) < 2 < 20 < detail(clear)


class TestRefusal:
    """The row of a job notes its refused images, for the attempt that holds it."""

    @pytest.fixture
    def lease(self, alice, checkpoint, no_worker):
        make_job(alice, checkpoint, count=3)
        return Lease(claim(worker="w1", lanes=LANES))

    def test_it_is_noted_with_what_was_refused_and_dropped_before(self, lease):
        Job.objects.update(dropped=[0])
        for index in (2, 1, 1):
            judging.refuse(lease, index)
        job = Job.objects.get()
        assert (job.dropped, job.refused, lease.job.refused) == ([0, 1, 2], [1, 2], [1, 2])

    def test_a_former_attempt_notes_nothing(self, lease):
        reaper.hand_back(lease.job)
        judging.refuse(lease, 1)
        claim(worker="w2", lanes=LANES)
        judging.refuse(lease, 1)
        job = Job.objects.get()
        assert (job.attempt, job.dropped, job.refused, lease.job.refused) == (2, [], [], [])

    def test_an_image_that_is_dropped_meanwhile_stays_dropped(self, lease):
        with while_locked(lambda: judging.refuse(lease, 1)):
            Job.objects.update(dropped=[0])
        job = Job.objects.get()
        assert (job.dropped, job.refused) == ([0, 1], [1])


def test_a_policy_that_cannot_be_read_at_once_is_asked_for_again(draw):
    cut = Cut('SELECT "generation_rolelimits"."group_id" AS "group_id"', 1)
    with connection.execute_wrapper(cut):
        job = draw("allow")
    assert cut.met == 1
    assert (job.status, job.error_message) == ("succeeded", "")
