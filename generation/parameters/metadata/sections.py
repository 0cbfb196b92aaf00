"""The parts of an infotext: prompt, negative prompt and settings, also where line breaks were lost or damaged."""

import re
from collections import deque
from dataclasses import dataclass
from functools import partial

from generation.parameters.metadata.known_keys import KNOWN_KEY, canonical, is_known
from generation.parameters.metadata.pairs import Pairs, scan

NEGATIVE = "Negative prompt:"
_FEWEST_PAIRS = 3  # with fewer a line is part of the prompt, unless it starts with "Steps:"
_FEWEST_KNOWN = 2  # of these, keys that a program writes
_STEPS_LINE = re.compile(r"^[^\S\n]*+Steps:[^\S\n]*+\d", re.MULTILINE)
_STEPS_INSIDE = re.compile(r"(?<![Hh]ires )(?:Steps|(?<!\w)steps):[^\S\n]*\d")
_NEGATIVE_LINE = re.compile(rf"^[^\S\n]*{NEGATIVE}", re.MULTILINE | re.IGNORECASE)
_NEGATIVE_INSIDE = re.compile(rf"{NEGATIVE}|(?<!\w)negative prompt:")
_LABEL = re.compile(r"\A(?:Positive prompt|Prompt):[^\S\n]*", re.IGNORECASE)
_NUMBER_FIRST = re.compile(rf"[^\S\n]*+{KNOWN_KEY.pattern}[^\S\n]*+\d")
_MOST_LINES = 1000  # from the end, that are looked at where none begins with "Steps:"
_CUT = " \t\n,;|"  # what may stand between parts on one line


@dataclass
class Sections:
    """Prompts without spaces at the ends of their lines, and the pairs of the settings."""

    prompt: str
    negative: str
    pairs: Pairs


def divide(text: str) -> Sections:
    """Return the parts of an infotext; a text without settings is a prompt. Never raises.

    A line that begins with "Steps:" and a number begins the settings. Where none does, "Steps:" or three settings with
    names that programs write are looked for inside the lines.
    """
    text = text.strip().replace("\r\n", "\n").replace("\r", "\n")
    start, is_inside = _settings_at(text)
    head, pairs = text[:start], scan(text[start:])
    negative = _NEGATIVE_LINE.search(head) or _NEGATIVE_INSIDE.search(head)
    prompt, after = (head[: negative.start()], head[negative.end() :]) if negative else (head, "")
    if negative and not head[: negative.start()].endswith("\n"):
        prompt = prompt.rstrip(_CUT)
    if negative or pairs.values:
        prompt = _LABEL.sub("", prompt, count=1)
    if is_inside:
        prompt, after = (prompt, after.rstrip(_CUT)) if negative else (prompt.rstrip(_CUT), after)
    return Sections(_stripped(prompt), _stripped(after), pairs)


def _stripped(text: str) -> str:
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def _settings_at(text: str) -> tuple[int, bool]:
    """Return where the settings begin, the text's length where there are none, and whether that is inside a line."""
    steps = deque(_STEPS_LINE.finditer(text), maxlen=1)
    if steps:
        return _with_lines_above(text, steps[0].start()), False
    found = None
    end = len(text)
    for _ in range(_MOST_LINES):
        start = text.rfind("\n", 0, end) + 1
        inside = _inside(text, start, end)
        if inside is None and found is not None:
            break
        if inside is not None:
            found = inside
            if inside > start:
                return inside, True
        if start == 0:
            break
        end = start - 1
    if found is None:  # a key on each line
        found = min(_with_lines_above(f"{text}\n", len(text) + 1), len(text))
        found = found if len(scan(text[found:]).values) >= _FEWEST_PAIRS else len(text)
        return found, False
    return _with_lines_above(text, found), False


def _inside(text: str, start: int, end: int) -> int | None:
    """Return where settings begin on the line between `start` and `end`; None where it has none."""
    if text.count(":", start, end) < _FEWEST_KNOWN:
        return None
    known = list(KNOWN_KEY.finditer(text, start, end))
    if not known:
        return None
    steps = next(filter(partial(_begins, known, text), _STEPS_INSIDE.finditer(text, start, end)), None)
    if steps is not None and sum(found.start() < steps.start() for found in known[:3]) == len(known[:3]) == 3:
        steps = None  # of a plugin, or of a second pass
    if steps is None:
        few = text.count(":", start, end) < _FEWEST_PAIRS
        if few or len({found[0].casefold() for found in known}) < _FEWEST_KNOWN:
            return None
        first = known[0].start()
    else:
        first = steps.start()
        for found in reversed(known):
            if found.start() < first:
                if "," in text[found.end() : first].rstrip(", "):
                    break
                first = found.start()  # a known key right before it
    if not text[start : known[0].start()].strip(_CUT) or _is_settings(text, start, first):
        return start
    return first


def _begins(known: list[re.Match[str]], text: str, steps: re.Match[str]) -> bool:
    """Return whether settings begin at `steps`: two known keys follow, or one and there is a negative prompt."""
    follow = sum(found.start() > steps.start() for found in known[-2:])
    return follow == 2 or (follow == 1 and _NEGATIVE_INSIDE.search(text, 0, steps.start()) is not None)


def _is_settings(text: str, start: int, end: int) -> bool:
    """Return whether what stands on a later line before its first known key is settings, too, whatever their names."""
    before = text[start:end]
    if start == 0 or _NEGATIVE_INSIDE.search(before) or not before.rstrip().endswith(","):
        return False
    pairs = scan(before)
    return bool(pairs.values) and not pairs.skipped


def _with_lines_above(text: str, start: int) -> int:
    """Return where the first of the lines above `start` begins that hold only known keys, and none twice.

    A line may hold other pieces, too, where it begins with a known key and a number.
    """
    seen: set[str] = set()
    while start > 0:
        above = text.rfind("\n", 0, start - 1) + 1
        pairs = scan(text[above : start - 1])
        if not pairs.values or not all(map(is_known, pairs.values)):
            break
        if pairs.skipped and not _NUMBER_FIRST.match(text, above):
            break
        seen = seen or {canonical(name) for name in scan(text[start:]).values}
        names = {canonical(name) for name in pairs.values}
        if seen & names:
            break
        seen |= names
        start = above
    return start
