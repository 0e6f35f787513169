"""jsonschema: one validator for all eight rules."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from jsonschema import Draft202012Validator

from benchmarks.peers.schema import SCHEMA, rule
from benchmarks.peers.tickets import known, tickets
from benchmarks.peers.verdicts import report


def verdicts(path: str) -> Iterator[tuple[str, str, str]]:
    errors = Draft202012Validator(SCHEMA).iter_errors
    for ticket in tickets(path):
        facts = known(ticket)
        for error in errors(facts):
            yield facts["id"], rule(error.absolute_schema_path), "fail"


if __name__ == "__main__":
    report(verdicts(sys.argv[1]), sys.argv[2])
