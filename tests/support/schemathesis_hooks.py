"""What schemathesis is told of the site that it tries; loaded by its command line, see test_schemathesis.py."""

import itertools
import json
import os
import random
from pathlib import Path

import schemathesis

TOLD = json.loads(os.environ["SDSITE_TOLD"])
KEYS = itertools.cycle(TOLD["keys"])
COUNTS = Path(TOLD["counts"])
LONGEST_WAIT = 1.0
AT_RANDOM = random.Random(7)


def name_of(operation):
    """Return an operation's id."""
    return operation.definition.raw["operationId"]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Name things that are there, two times of three; strangers' ids would all be answered with 404."""
    for name, values in TOLD["there"].items():
        if path_parameters and name in path_parameters and AT_RANDOM.random() < 2 / 3:
            path_parameters[name] = AT_RANDOM.choice(values)
    return path_parameters


@schemathesis.hook
def before_call(context, case, kwargs):
    """Knock with one key after the other, which have a rate limit each; saw off no branch that we sit on."""
    wait = (case.query or {}).get("wait")
    if isinstance(wait, int | float) and LONGEST_WAIT < wait <= 600:
        case.query["wait"] = LONGEST_WAIT
    if (case.headers or {}).get("Authorization") == f"Bearer {TOLD['keys'][0]}":
        case.headers["Authorization"] = f"Bearer {next(KEYS)}"
    name = name_of(case.operation)
    if name == "revoke_key" and str(case.path_parameters.get("key_id")) in TOLD["used"]:
        case.path_parameters["key_id"] = TOLD["there"]["key_id"][0]
    if name == "switch_queue" and isinstance(case.body, dict):
        case.body |= {field: False for field in ("paused", "closed") if case.body.get(field)}


@schemathesis.hook
def after_call(context, case, response):
    """Note what was answered."""
    with COUNTS.open("a") as file:
        file.write(f"{name_of(case.operation)} {response.status_code}\n")


@schemathesis.check
def error_codes_are_told(ctx, response, case):
    """Fail where an error has a code that the document does not tell of for this operation and status."""
    if response.status_code < 400 or "json" not in response.headers.get("content-type", [""])[0]:
        return
    code = response.json()["error"]["code"]
    told = case.operation.definition.raw["responses"].get(str(response.status_code))
    if told is not None and code not in told["content"]["application/json"]["examples"]:
        raise AssertionError(
            f"{name_of(case.operation)} answers {response.status_code} with {code!r}, which is not told"
        )
