"""Split tokens into the chunks that a CLIP text encoder reads, as stable-diffusion-webui does.

Both the token counter of the studio and the text encoding of the pipelines use it.
"""

from collections.abc import Iterable

Unit = tuple[list[int], float]  # tokens that must stay together, and their weight

# When a chunk is full, the tokens after its last comma move on to the next one, if they are at most so many.
_COMMA_BACK = 20


def cut(units: Iterable[Unit | None], *, room: int, comma: int | None) -> list[list[Unit]]:
    """Return `units` in chunks of at most `room` tokens, one chunk or more; None ends a chunk early.

    Args:
        units: in reading order, none longer than `room`.
        room: tokens of a chunk without start and end (75 for Stable Diffusion).
        comma: the token of a comma; None where the vocabulary has none.
    """
    full: list[list[Unit]] = []
    now: list[Unit] = []
    for unit in units:
        if unit is None:
            full.append(now)
            now = []
            continue
        if _size(now) + len(unit[0]) > room:
            now, moved = _at_last_comma(now, comma) if unit[0] != [comma] else (now, [])
            full.append(now)
            now = moved
        now.append(unit)
    return [*full, now] if now or not full else full


def _at_last_comma(units: list[Unit], comma: int | None) -> tuple[list[Unit], list[Unit]]:
    """Return the units that stay in the chunk and those that move on."""
    last = max((number for number, unit in enumerate(units) if unit[0] == [comma]), default=-1)
    if last < 0 or _size(units[last + 1 :]) + 1 > _COMMA_BACK:
        return units, []
    return units[: last + 1], units[last + 1 :]


def _size(units: list[Unit]) -> int:
    return sum(len(ids) for ids, _ in units)
