"""Checks policies, mappings, tests and calendars: their schema, and whether they make sense together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from supportpolicy.compiler.calendars import calendar_file
from supportpolicy.compiler.mapping import compile_mapping
from supportpolicy.document.headings import Kind
from supportpolicy.errors import DocumentError, Place, Problem
from supportpolicy.plugin import Registry
from supportpolicy.testing.collection import collect
from supportpolicy.testing.loading import Policies, load_tests

_KINDS = {Kind.POLICY: "policy", Kind.MAPPING: "mapping", Kind.TESTS: "tests", Kind.CALENDARS: "calendars"}


@dataclass(frozen=True, slots=True)
class Checked:
    """All problems, sorted by place; remarks on what is no fault and may yet be a mistake; the documents that are sound, as
    (name, kind); and the YAML files in folders that are none of ours and were skipped."""

    problems: tuple[Problem, ...]
    remarks: tuple[Problem, ...]
    sound: tuple[tuple[str, str], ...]
    skipped: tuple[str, ...]


def check(paths: Sequence[str], registry: Registry) -> Checked:
    """Check the documents in files and folders.

    A folder stands for all YAML files in and below it, hidden ones excepted. The policies of one folder are checked
    together, as the revisions of one policy; tests are checked against the policy that they are about, wherever it lies.
    """
    collection = collect(paths)
    policies = Policies(registry.rule_kinds)
    problems = [problem for unread in collection.unread for problem in unread.problems]
    remarks: list[Problem] = []
    unsound: set[str] = set()
    by_folder = sorted(collection.of(Kind.POLICY), key=lambda found: found.folder)
    for _, revisions in groupby(by_folder, key=lambda found: found.folder):
        documents = [found.document for found in revisions]
        try:
            compiled = policies.compiled(documents)
            remarks.extend(remark for revision in compiled.revisions for remark in revision.remarks)
        except DocumentError as error:
            problems.extend(error.problems)
            unsound.update(document.name for document in documents)
    for found in collection.of(Kind.MAPPING):
        try:
            compile_mapping(found.document, registry.sources)
        except DocumentError as error:
            problems.extend(error.problems)
            unsound.add(found.document.name)
    for found in collection.of(Kind.CALENDARS):
        try:
            calendar_file(found.document)
        except DocumentError as error:
            problems.extend(error.problems)
            unsound.add(found.document.name)
    loaded = load_tests(collection, policies)
    problems.extend(loaded.problems)
    tested = {tests.document.name for tests in loaded.tests}
    unsound.update(found.document.name for found in collection.of(Kind.TESTS) if found.document.name not in tested)
    return Checked(
        tuple(sorted(dict.fromkeys(problems), key=_by_place)),
        tuple(sorted(dict.fromkeys(remarks), key=_by_place)),
        tuple((f.document.name, _KINDS[f.kind]) for f in collection.found if f.document.name not in unsound),
        collection.skipped,
    )


def _by_place(problem: Problem) -> tuple[str, int, int]:
    place = problem.place or Place("")
    return place.file, place.line, place.column
