"""Captions: styles left open or named, words that belong to one thing."""

import random
from collections import Counter

from generation.starter.dataset import artwork, captions
from generation.starter.dataset.compose import Composer


def test_captions_leave_the_style_open_or_name_it(drawings):
    composer, rng = Composer(drawings, 32), random.Random(1)
    words = [word for some in captions.STYLE_WORDS.values() for word in some]
    for plan in (composer.plan(rng) for _ in range(200)):
        named = any(plan.caption.endswith(word) for word in words)
        assert all(one.any_style != named for one in plan.placed), plan.caption


def thing(name, words, codes=()):
    """Return a thing of which only names matter."""
    return artwork.Thing(name, words, "things", name.replace(" ", "-"), codes)


def called(things, which, times=3000):
    """Return the names that are chosen for one of `things`, and how often."""
    names, rng = captions.Names(things), random.Random(2)
    return Counter(names.choose(rng, things[which]) for _ in range(times))


def test_a_thing_is_called_by_its_common_names():
    car = thing("automobile", ("car", "vehicle", "thing"), codes=("car",))
    others = [thing(f"other {number}", ("thing", *["vehicle"] * (number < 9))) for number in range(99)]
    found = called([car, *others], 0)
    assert set(found) == {"automobile", "car", "vehicle"}, "a word of a hundred things tells too little"
    assert found["car"] > 4 * found["vehicle"], "a name of its own"


def test_the_name_of_another_thing_is_not_used():
    both = [thing("cat face", ("cat", "kitty"), codes=("cat",)), thing("cat", ("kitten",))]
    assert set(called(both, 0)) == {"cat face", "kitty"}
    assert set(called(both, 1)) == {"cat", "kitten"}


def test_a_short_code_of_one_thing_stands_for_no_other():
    apples = [thing("red apple", ("apple", "fruit"), codes=("apple",)), thing("green apple", ("apple", "fruit"))]
    assert set(called(apples, 0)) == {"red apple", "apple", "fruit"}
    assert set(called(apples, 1)) == {"green apple", "fruit"}


def test_short_names_are_shown_more_often_except_to_the_classifier(drawings):
    composer = Composer(drawings, 32)
    generated = Counter(int(drawings.thing[plan.placed[0].icon]) for plan in plans_of(composer, 2000))
    assert generated[0] > 3 * generated[3], "fox, red circle: two words and a sign"
    even = Counter(
        int(drawings.thing[plan.placed[0].icon]) for plan in plans_of(Composer(drawings, 32, even=True), 2000)
    )
    assert max(even.values()) < 1.3 * min(even.values())


def plans_of(composer, count):
    """Return random plans, always the same."""
    rng = random.Random(3)
    return [composer.plan(rng) for _ in range(count)]
