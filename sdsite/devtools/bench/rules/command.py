"""Judging one prompt by 10, 100 and 1,000 rules: the median, and how it grows with their number."""

import random
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any

from gallery.rules.content import RuleContent
from gallery.rules.engine import ActiveRule, Facts, decide
from sdsite.devtools.bench.site import BenchFailed

NUMBERS = (10, 100, 1000)  # of rules; a site has 200 at most
LENGTHS = {"usual": 300, "longest": 10_000}  # characters of a prompt
MOST_MS = {"usual": 5.0, "longest": 20.0}  # of the median by the most rules
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--repeats", type=int, default=50, help="Judgements of each number of rules.")
    parser.add_argument("--seed", type=int, default=19, help="Random seed of words and rules.")


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Judge prompts that no rule matches, which is the usual case and the longest, and print the medians.

    Raises:
        BenchFailed: the most rules take longer than MOST_MS.
    """
    dice = random.Random(options["seed"])
    rules = [make_rule(number, dice) for number in range(max(NUMBERS))]
    write(f"{'prompt':>8} {'rules':>6} {'median':>10} {'p95':>10} {'of 10 rules':>12}")
    slow = []
    for kind, length in LENGTHS.items():
        prompt = make_prompt(length, dice)
        first = 0.0
        for number in NUMBERS:
            taken = measure(rules[:number], prompt, options["repeats"])
            median, p95 = statistics.median(taken), sorted(taken)[int(0.95 * (len(taken) - 1))]
            first = first or median
            write(f"{kind:>8} {number:>6} {median:>7.2f} ms {p95:>7.2f} ms {median / first:>11.1f}x")
        if median > MOST_MS[kind]:
            slow.append(f"{kind} prompt: {median:.1f} ms; limit {MOST_MS[kind]:.0f} ms")
    if slow:
        raise BenchFailed("; ".join(slow))


def measure(rules: Sequence[ActiveRule], prompt: str, repeats: int) -> list[float]:
    """Return the milliseconds of the processor for each judgement, but for the first, which compiles the patterns."""
    taken = []
    for _ in range(repeats + 1):
        began = time.thread_time()
        decide(rules, Facts.of_prompts([prompt], ["blurry, low quality"], frozenset()))
        taken.append((time.thread_time() - began) * 1000)
    return taken[1:]


def make_rule(number: int, dice: random.Random) -> ActiveRule:
    """Return a rule of ten words, every fourth one of an expression."""
    words = [make_word(dice, 8) for _ in range(10)]
    pattern = {"expression": rf"\b({'|'.join(words)})\w*"} if number % 4 == 0 else {"words": ", ".join(words)}
    content = RuleContent(name=f"rule {number}", scope="prompt", decision="hold", **pattern)
    return ActiveRule(number, number, content)


def make_prompt(length: int, dice: random.Random) -> str:
    """Return a prompt of some `length` characters, with weights, of words that no rule has."""
    parts: list[str] = []
    while sum(map(len, parts)) < length:
        word = make_word(dice, dice.randint(3, 7))
        parts.append(f"({word}:1.2), " if len(parts) % 9 == 8 else f"{word} ")
    return "".join(parts)[:length]


def make_word(dice: random.Random, length: int) -> str:
    """Return letters."""
    return "".join(dice.choices(LETTERS, k=length))
