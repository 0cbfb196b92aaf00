"""Options of AUTOMATIC1111's API are kept for each user."""

import pytest

from generation.models import ClientOptions
from tests.support.factories import make_checkpoint

pytestmark = pytest.mark.django_db


def test_options_belong_to_a_user(owner, stranger):
    make_checkpoint("other", clip_skip=2)
    before = stranger.get_json("options")
    sent = {"sd_model_checkpoint": "other", "samples_format": "webp", "live_previews_enable": True}
    assert owner.post_json("options", sent) is None
    after = owner.get_json("options")
    assert after | sent == after
    assert after["CLIP_stop_at_last_layers"] == 2
    assert stranger.get_json("options") == before
    assert before["sd_model_checkpoint"] == "starter"


def test_sending_all_options_back_stores_only_the_changed_one(owner, alice):
    make_checkpoint("other", clip_skip=2)
    shown = owner.get_json("options")
    owner.post_json("options", shown | {"sd_model_checkpoint": "other"})
    assert ClientOptions.objects.get().options == {"sd_model_checkpoint": "other"}
    assert owner.get_json("options")["CLIP_stop_at_last_layers"] == 2, "the new checkpoint's own"


def test_a_missing_checkpoint_is_replaced_by_the_default(owner):
    other = make_checkpoint("other")
    owner.post_json("options", {"sd_model_checkpoint": "other"})
    other.enabled = False
    other.save()
    assert owner.get_json("options")["sd_model_checkpoint"] == "starter"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"sd_model_checkpoint": "nothing"}, "sd_model_checkpoint must be one of starter"),
        ({"sd_model_checkpoint": 7}, "sd_model_checkpoint must be text"),
        ({"sd_vae": "muddy"}, "sd_vae must be Automatic, None or one of"),
        ({"CLIP_stop_at_last_layers": 13}, "CLIP_stop_at_last_layers must be a whole number, 1 to 12; got 13"),
        ({"samples_format": "gif"}, "samples_format must be one of png"),
        ({"anything": "x" * 100_001}, "options must be at most 100000 characters"),
        ({"anything": "\x00"}, "options must not contain NUL"),
        ({"anything": float("nan")}, "options must be JSON that can be stored"),
    ],
)
def test_options_that_cannot_be_stored_change_nothing(owner, sent, said):
    answer = owner.post_json("options", {"live_previews_enable": True} | sent, status=422)
    assert answer["detail"].startswith(said)
    assert not ClientOptions.objects.exclude(options={}).exists()
