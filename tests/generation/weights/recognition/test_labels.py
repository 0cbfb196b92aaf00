"""Everything that recognition can name has a name for people."""

from generation.models import Adapter
from generation.weights.recognition import fingerprints, labels


def test_every_kind_and_architecture_has_a_label():
    kinds = {kind for kind, _ in fingerprints.PART_CLASSES.values()} | {row[0] for row in fingerprints.OTHERS}
    assert kinds | set(Adapter.Kind.values) <= labels.KINDS.keys()
    named = {mark.architecture for mark in fingerprints.DENOISERS} | {row[0] for row in fingerprints.UPSCALERS}
    named |= {one for _, one in fingerprints.PART_CLASSES.values()} - {""}
    for sizes in (fingerprints.CLIP_SIZES, fingerprints.T5_SIZES, *fingerprints.CHAT_SIZES.values()):
        named |= set(sizes.values())
    assert named <= labels.ARCHITECTURES.keys()


def test_what_has_no_label_is_told_by_its_key():
    assert labels.label("no_architecture") == "no_architecture"
