"""Every combination of up to three fields' values as the cells of one job.

Cells are numbered like words on a page: the first axis (columns) changes fastest, then the second (rows), then the
third (sheets). All cells start from the same seed, unless an axis says otherwise.
"""

import math
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from generation.parameters.nested import REPLACE, Grid, Value
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from generation.parameters.validators import FieldRefused

# What a cell cannot have of its own: how many images there are, and what concerns the job as a whole.
_NOT_IN_A_GRID = frozenset(
    {
        "version",
        "task",
        "count",
        "batch_size",
        "grid",
        "image_prompts",
        "image_negative_prompts",
        "keep_original",
        "styles",
    }
)


def cell_count(grid: Grid | None) -> int:
    """Return the number of cells, 1 without a grid."""
    return math.prod(len(axis.values) for axis in grid.axes) if grid else 1


def coordinates(grid: Grid, number: int) -> list[Value]:
    """Return the value of each axis in cell `number` (0-based)."""
    found = []
    for axis in grid.axes:
        number, at = divmod(number, len(axis.values))
        found.append(axis.values[at])
    return found


@lru_cache(maxsize=1024)
def cell(parameters: ResolvedParameters, number: int) -> ResolvedParameters:
    """Return what cell `number` (0-based) is drawn with; without a grid the parameters themselves.

    Raises:
        FieldRefused: a value of an axis is none that the field takes; the message names axis, value and range.
    """
    grid = parameters.grid
    if grid is None:
        return parameters
    raw = parameters.model_dump()
    raw["grid"] = None
    values = coordinates(grid, number)
    for axis, value in zip(grid.axes, values, strict=True):
        if axis.field == REPLACE:
            for prompt in ("prompt", "negative_prompt"):
                raw[prompt] = raw[prompt].replace(str(axis.values[0]), str(value))
        else:
            _put(raw, axis.field, value)
    try:
        return ResolvedParameters.model_validate(raw)
    except ValidationError as error:
        problem = error.errors()[0]
        said = str(problem["msg"]).removeprefix("Value error, ")
        path = ".".join(str(part) for part in problem["loc"])
        fields = [axis.field for axis in grid.axes]
        guilty = next((at for at, field in enumerate(fields) if field.startswith(path) or path.startswith(field)), 0)
        raise FieldRefused(f"grid.axes.{guilty}.values", f"grid.axes.{guilty}.values: {said}") from error


def check_fields(grid: Grid) -> None:
    """Refuse axes over what no cell can have of its own.

    Raises:
        FieldRefused: naming the axis and what it may be.
    """
    for number, axis in enumerate(grid.axes):
        head = axis.field.split(".")[0]
        known = head in GenerationParameters.model_fields and head not in _NOT_IN_A_GRID
        if axis.field != REPLACE and (not known or axis.field.endswith(".image")):
            allowed = [name for name in GenerationParameters.model_fields if name not in _NOT_IN_A_GRID]
            raise FieldRefused(
                f"grid.axes.{number}.field",
                f"grid.axes.{number}.field must be {REPLACE} or one of {', '.join(allowed)}; got {axis.field!r:.60}",
            )


def _put(raw: Any, path: str, value: Value) -> None:
    """Set a dotted path in dumped parameters.

    Raises:
        FieldRefused: the wish has nothing there.
    """
    *way, last = path.split(".")
    place = raw
    try:
        for step in way:
            place = list(place) if isinstance(place, tuple) else place
            place = place[int(step)] if isinstance(place, list) else place[step]
        if not isinstance(place, dict) or (way and last not in place):
            raise KeyError(last)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise FieldRefused("grid.axes", f"grid.axes: the wish itself has no {path}, so it cannot vary") from error
    place[last] = value
