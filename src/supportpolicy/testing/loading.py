"""Test documents and the policies that they are about, compiled together."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from supportpolicy.compiler.policy import Policy, compile_policy
from supportpolicy.document import Document, Section
from supportpolicy.document.headings import Kind
from supportpolicy.document.root import MARK, WHAT, root_of
from supportpolicy.errors import DocumentError, Problem, did_you_mean
from supportpolicy.model.text import quoted
from supportpolicy.plugin import RuleKind
from supportpolicy.testing.case import PolicyTests
from supportpolicy.testing.collection import Collection, Found, beside, collect
from supportpolicy.testing.compiling import compile_tests, shape_problems


@dataclass(slots=True)
class Policies:
    """Compiles policies, each once."""

    kinds: Mapping[str, RuleKind]
    _known: dict[tuple[str, ...], Policy | DocumentError] = field(default_factory=dict)

    def compiled(self, documents: Sequence[Document]) -> Policy:
        """The policy that the documents state; raises DocumentError with every problem."""
        key = tuple(sorted(document.name for document in documents))
        if key not in self._known:
            try:
                self._known[key] = compile_policy(documents, self.kinds)
            except DocumentError as error:
                self._known[key] = error
        known = self._known[key]
        if isinstance(known, DocumentError):
            raise known
        return known


@dataclass(frozen=True, slots=True)
class LoadedTests:
    """The test documents that are sound, and what is wrong with the others and with their policies."""

    tests: tuple[PolicyTests, ...]
    problems: tuple[Problem, ...]


def load_tests(collection: Collection, policies: Policies) -> LoadedTests:
    """Compile every test document of the collection against its policy."""
    tests: list[PolicyTests] = []
    problems: list[Problem] = []
    for found in collection.of(Kind.TESTS):
        try:
            policy = _policy(found, policies)
        except DocumentError as error:
            problems.extend(shape_problems(found.document))
            problems.extend(error.problems)
            continue
        try:
            tests.append(compile_tests(found.document, policy))
        except DocumentError as error:
            problems.extend(error.problems)
    return LoadedTests(tuple(tests), tuple(dict.fromkeys(problems)))


def _policy(found: Found, policies: Policies) -> Policy:
    """The policy that the tests name under `policy`, else the one in their folder."""
    document = found.document
    root = Section(document, (), document.root, None)
    if not root.has("policy"):
        return policies.compiled(_documents(beside(found.path), root))
    stated = getattr(root.at("policy").node, "text", "")
    path = _stated(found.path, stated, root)
    if not path.is_dir():
        return policies.compiled(_documents(collect((str(path),)), root))
    return policies.compiled(_documents(beside(path / MARK), root))


def _documents(collection: Collection, root: Section) -> list[Document]:
    """The policy documents among those found; raises DocumentError where there is none or one cannot be read."""
    broken = [
        problem for unread in collection.unread if unread.kind in (Kind.POLICY, None) for problem in unread.problems
    ]
    if broken:
        raise DocumentError(*broken)
    documents = [found.document for found in collection.of(Kind.POLICY)]
    if documents:
        return documents
    if root.has("policy"):
        raise DocumentError(
            root.problem("policy", message="there is no policy", expected="a file that begins with `supportpolicy: 1`")
        )
    raise DocumentError(
        root.problem(
            message="no policy stands beside these tests",
            expected="one in the same folder, or `policy:` with its path from here",
        )
    )


def _stated(tests: Path, stated: str, root: Section) -> Path:
    """Where the policy lies that the tests name; raises DocumentError where it may not be read or does not exist."""
    bound = root_of(tests.parent)
    path = Path(os.path.normpath(tests.parent / stated))
    problem: Problem | None = None
    if Path(stated).is_absolute() or not path.resolve().is_relative_to(bound):
        problem = root.problem(
            "policy",
            message=f"{quoted(stated)} lies outside the root of the policies",
            expected="a path from here that does not leave the root",
            hint=WHAT,
        )
    elif not path.exists():
        near = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        problem = root.problem(
            "policy", message=f"there is no file {quoted(stated)}", hint=did_you_mean(path.name, near)
        )
    if problem is not None:
        raise DocumentError(problem)
    return path
