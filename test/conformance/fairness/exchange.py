"""JSON between the tests and these scripts. Numbers that JSON does not have travel as the texts NaN, Infinity, -Infinity."""

import json
import math
import os
import sys

# The libraries print: warnings, missing optional packages. Standard output is for the answer alone.
_answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _revive(value):
    if isinstance(value, str):
        return _SPECIAL.get(value, value)
    if isinstance(value, list):
        return [_revive(item) for item in value]
    if isinstance(value, dict):
        return {key: _revive(item) for key, item in value.items()}
    return value


def plain(value):
    """Python's own types: numpy's scalars and arrays have `tolist`, pandas' have it as well."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def read_question():
    return _revive(json.load(sys.stdin))


def write_answer(answer):
    json.dump(plain(answer), _answer, ensure_ascii=False, allow_nan=False)
    _answer.write("\n")
    _answer.flush()
