"""Whatever a document says, the compiler takes it or tells what is wrong with it; and what it takes can be run."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_compiler_messages import REGISTRY

from supportpolicy.compiler.mapping import compile_mapping
from supportpolicy.compiler.plan import compile_plan
from supportpolicy.compiler.policy import Policy, compile_policy
from supportpolicy.document import parse_document
from supportpolicy.engines.reference import ENGINE
from supportpolicy.errors import DocumentError
from supportpolicy.expr.prose import demand_prose, truth_prose
from supportpolicy.model.finding import Rejected, RowPlace, Tally
from supportpolicy.model.instant import parse_instant
from supportpolicy.plugin import Row, RunOptions

ROOT: Final = Path(__file__).parents[2]


def _load(path: str) -> Any:
    return yaml.load((ROOT / path).read_text("utf-8"), yaml.BaseLoader)


SEED: Final = _load("policies/memsource-technical-support/policy.yaml")
SERVICENOW: Final = _load("examples/servicenow/mapping.yaml")
SERVICENOW_POLICY: Final = _load("examples/servicenow/policy.yaml")
ZENDESK: Final = _load("plugins/supportpolicy-zendesk/src/supportpolicy_zendesk/mapping.yaml")

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./+-]*( [A-Za-z0-9][A-Za-z0-9_./+-]*)*")


def dump(value: Any) -> str:
    """The value as YAML in one line, with its texts plain where that can be."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {dump(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(dump(item) for item in value) + "]"
    return _scalar(value)


def _scalar(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text not in ("true", "false") else _word(text)


def _word(text: str) -> str:
    return text if text in ("true", "false", "null") else json.dumps(text, ensure_ascii=False)


def _paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*above, key)
        yield from _paths(item, (*above, key))


# fmt: off
WEIRD: Final = st.sampled_from([
    "", "null", "true", "0", "-1", "1.5", "x", "2021-01-01T00:00:00Z", "24x7", "12h in 24x7", "edition", "submitted",
    "events", "tags", "language", "en", "paid edition", "paid-edition", "Id", "number", "é", "*", "a.b", "x" * 300,
    [], {}, ["x"], [["x"]], [{}], {"x": "y"}, {"present": "true"}, {"all": ["x"]}, {"not": {"edition": "team"}},
    {"at_least": "3"}, {"like": "*"}, {"never_when": {"column": "x", "in": ["y"]}}, {"unit": "1m", "by": "floor"},
]).map(copy.deepcopy)
# fmt: on


@st.composite
def mutated(draw: st.DrawFn, document: Any) -> str:
    """The document with a few keys deleted, renamed, given twice, or with other values."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 4))):
        paths = list(_paths(changed))
        if not paths:
            break
        *above, last = draw(st.sampled_from(paths))
        holder: Any = changed
        for key in above:
            holder = holder[key]
        match draw(st.sampled_from(["delete", "weird", "other", "rename", "add"])):
            case "delete":
                del holder[last]
            case "weird":
                holder[last] = draw(WEIRD)
            case "other":
                found: Any = document
                for key in draw(st.sampled_from(list(_paths(document)))):
                    found = found[key]
                holder[last] = copy.deepcopy(found)
            case "rename" if isinstance(holder, dict):
                name = draw(st.sampled_from(["x", "kind", "all", "not", "events", "edition", "a-b", "é", f"{last}s"]))
                holder[name] = holder.pop(last)
            case _ if isinstance(holder, list):
                holder.insert(0, draw(WEIRD))
            case _:
                holder[draw(st.sampled_from(["when", "needs", "values", "valid", "format", "x"]))] = draw(WEIRD)
    text = dump(changed)
    if draw(st.integers(0, 19)) == 0:
        text = text.replace("{", '{"id": x, ', 1)
    return text


class _Scan:
    """A few rows in memory."""

    def __init__(self, columns: tuple[str, ...] | None, rows: list[Any]) -> None:
        self.columns = columns
        self._rows = rows

    def rows(self) -> Iterator[Row | Rejected]:
        for number, values in enumerate(self._rows, 1):
            yield Row(RowPlace("f", number, number), values, str(values).encode())

    def tallies(self) -> tuple[Tally, ...]:
        return (Tally("f", "t", len(self._rows), read=len(self._rows)),)


TICKETS: Final[list[Any]] = [
    json.loads(line) for line in (ROOT / "examples/events/tickets.jsonl").read_text("utf-8").splitlines()
] + [{}, {"id": None, "events": None}, {"id": 7, "submitted": 7, "tags": "x", "edition": [], "closed": "now"}]
CELLS: Final = ("", "?", "7", "x", "1 - High", "2021-03-01 08:00", "1/3/2016 09:00", "a b", "true", "en")


def _run(policy: Policy, mapping: Any, tables: dict[str, Any]) -> None:
    """Compile the plan and judge some rows with it."""
    plan = compile_plan(policy, mapping, {name: scan.columns for name, scan in tables.items()})
    run = ENGINE.run(plan, tables, RunOptions("all", as_of=parse_instant("2022-01-01T00:00:00Z")), lambda _: None)
    formed = [item for batch in run.batches for item in batch]
    totals = run.totals()
    assert totals.formed == totals.judged + sum(totals.excluded.values())
    assert len(formed) >= sum(totals.excluded.values())
    for revision in plan.revisions:
        for rule in revision.rules:
            assert demand_prose(rule.demand)
            assert rule.when is None or truth_prose(rule.when)


def _policy(*texts: str) -> Policy:
    documents = [parse_document(text.encode(), f"{number}.yaml") for number, text in enumerate(texts)]
    return compile_policy(documents, REGISTRY.rule_kinds)


def _told(error: DocumentError) -> None:
    """Every problem says where and what; the list is in order, each once."""
    assert error.problems
    assert all(problem.message and problem.place is not None for problem in error.problems)
    places = [(p.place.file, p.place.line, p.place.column) for p in error.problems if p.place is not None]
    assert places == sorted(places)
    assert len(set(error.problems)) == len(error.problems)


SETTINGS: Final = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_the_good_documents_are_taken() -> None:
    """Else the tests below would see one and the same refusal again and again."""
    _run(_policy(dump(SEED)), None, {"tickets": _Scan(None, TICKETS)})
    _run_mapping(dump({**SERVICENOW, "source": {"name": "csv"}}), SERVICENOW_POLICY, SERVICENOW, [])
    _run_mapping(dump({**ZENDESK, "source": {"name": "csv"}}), SEED, ZENDESK, [])


@SETTINGS
@given(mutated(SEED))
def test_policies(text: str) -> None:
    try:
        _run(_policy(text), None, {"tickets": _Scan(None, TICKETS)})
    except DocumentError as error:
        _told(error)


@SETTINGS
@given(mutated({key: SEED[key] for key in ("supportpolicy", "id", "title", "clauses", "rules", "facts", "terms")}))
def test_two_revisions(text: str) -> None:
    spans = 'in_force: {until: "2021-06-01T00:00:00Z"}', 'in_force: {from: "2021-06-01T00:00:00Z"}'
    try:
        _run(_policy(*(text[:-1] + f", {span}" + "}" for span in spans)), None, {"tickets": _Scan(None, TICKETS)})
    except DocumentError as error:
        _told(error)


def _columns(mapping: Any) -> tuple[str, ...]:
    """Every column that the good mapping names."""
    named = [p if isinstance(p, str) else p.get("column", p.get("elapsed", "x")) for p in mapping["fields"].values()]
    return tuple(dict.fromkeys([*named, "number", "sys_mod_count", "Status", "Replies"]))


def _run_mapping(text: str, policy: Any, good: Any, rows: list[list[str]]) -> None:
    lookups = ("Name", "Edition", "edition", "id", "locale", "language", "name", "organization")
    table = _Scan(lookups, [["x"] * len(lookups), ["7"] * len(lookups)])
    mapping = compile_mapping(parse_document(text.encode(), "m.yaml"), REGISTRY.sources)
    tables: dict[str, Any] = {"tickets": _Scan(None if mapping.canonical else _columns(good), rows)}
    tables.update(dict.fromkeys((name for name in ("organizations", "users") if name in mapping.joined), table))
    if not (mapping.canonical and rows):
        _run(_policy(dump(policy)), mapping, tables)


@SETTINGS
@given(st.data())
def test_mappings(data: st.DataObject) -> None:
    good, policy = data.draw(st.sampled_from([(SERVICENOW, SERVICENOW_POLICY), (ZENDESK, SEED)]))
    width = len(_columns(good))
    cells = st.lists(st.sampled_from(CELLS), min_size=width, max_size=width)
    try:
        _run_mapping(
            data.draw(mutated({**good, "source": {"name": "csv"}})),
            policy,
            good,
            data.draw(st.lists(cells, max_size=3)),
        )
    except DocumentError as error:
        _told(error)
