"""jsonschema-rs: one validator for all eight rules."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from jsonschema_rs import Draft202012Validator

from benchmarks.peers.schema import SCHEMA, rule
from benchmarks.peers.tickets import known, tickets
from benchmarks.peers.verdicts import report


def verdicts(path: str) -> Iterator[tuple[str, str, str]]:
    validator = Draft202012Validator(SCHEMA)
    for ticket in tickets(path):
        facts = known(ticket)
        if not validator.is_valid(facts):
            for error in validator.iter_errors(facts):
                yield facts["id"], rule(error.schema_path), "fail"


if __name__ == "__main__":
    report(verdicts(sys.argv[1]), sys.argv[2])
