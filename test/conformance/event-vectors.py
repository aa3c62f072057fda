"""Computes commitment, entry and leaf hash of the event vectors with Python's standard library alone.

Reads {"vectors": [{"recorded", "salt", "schema"}], "schemas": {name: schema}} from standard input and writes
[{"commitment", "entry", "leafHash"}] and the digests of the schemas. Member names are ASCII and numbers are written
alike by both languages, so sorted, compact JSON is RFC 8785 here.
"""

import base64
import hashlib
import hmac
import json
import sys


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def b64(data):
    return base64.b64encode(data).decode("ascii")


def digest(value):
    return b64(hashlib.sha256(canonical(value)).digest())


def compute(vector, schemas):
    recorded = vector["recorded"]
    commitment = hmac.new(bytes.fromhex(vector["salt"]), canonical(recorded), hashlib.sha256).digest()
    entry = {
        "v": 1,
        "id": recorded["id"],
        "type": recorded["type"],
        "schema": digest(schemas[vector["schema"]]),
        "commitment": b64(commitment),
    }
    if recorded.get("refs"):
        entry["refs"] = recorded["refs"]
    if "model" in recorded:
        entry["model"] = digest(recorded["model"])
    text = canonical(entry)
    return {
        "commitment": commitment.hex(),
        "entry": text.decode("ascii"),
        "leafHash": hashlib.sha256(b"\x00" + text).hexdigest(),
    }


job = json.load(sys.stdin)
json.dump(
    {
        "vectors": [compute(vector, job["schemas"]) for vector in job["vectors"]],
        "schemas": {name: digest(schema) for name, schema in job["schemas"].items()},
    },
    sys.stdout,
)
