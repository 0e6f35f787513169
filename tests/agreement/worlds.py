"""Worlds: all that an audit is given. A policy, perhaps a mapping, the files of an export and of its tables, and the ways in
which they are asked about."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import files
import spellings
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from mapping_strategies import Table, mappings
from policy_strategies import Policy, policies
from spellings import Pick
from tickets import canonical_mapping, tickets

from supportpolicy.model.instant import Instant
from supportpolicy.model.period import Period
from supportpolicy.plugin import RunOptions

KINDS: Final = ("csv", "jsonl", "parquet", "canonical")
"""How the tickets are written."""


@dataclass(frozen=True)
class World:
    """`policies` holds the text of each revision, `exports` the files of tickets, `tables` those of lookup tables by the
    table's name; `questions` are the options with which engines are run."""

    policies: tuple[str, ...]
    mapping: str | None
    exports: dict[str, bytes]
    tables: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    questions: tuple[RunOptions, ...] = (RunOptions("all"),)

    def lay(self, folder: Path) -> None:
        """Write everything into the folder, under the names by which it is asked for."""
        (folder / "policy").mkdir(exist_ok=True)
        for number, text in enumerate(self.policies, 1):
            (folder / "policy" / f"{number}.yaml").write_text(text, encoding="utf-8")
        if self.mapping is not None:
            (folder / "mapping.yaml").write_text(self.mapping, encoding="utf-8")
        for name, content in (*self.exports.items(), *self.tables.values()):
            (folder / name).write_bytes(content)

    def __repr__(self) -> str:
        """What a person who reads a failure wants to see."""
        told = [*self.policies, *([self.mapping] if self.mapping else []), *map(str, self.questions)]
        told += [f"{name}:\n{content!r}" for name, content in (*self.exports.items(), *self.tables.values())]
        return "\n".join(("", *told))


@st.composite
def worlds(draw: st.DrawFn, kind: str, most: int = 30) -> World:
    """A world whose tickets are written in one of `KINDS`."""
    base = draw(st.sampled_from((spellings.SPRING, spellings.AUTUMN)))
    policy = draw(policies(base))
    asked = draw(_questions(base))
    if kind == "canonical":
        return _canonical(draw, policy, base, asked, most)
    mapping = draw(mappings(policy, base, kind))
    options = draw(files.csv_options()) if kind == "csv" else {}
    mapping.data["source"].update(options)
    exports = _packed(draw, _export(draw, kind, mapping.tables["tickets"], options, most), kind)
    tables = {}
    for name, table in mapping.tables.items():
        if name != "tickets" and draw(st.integers(0, 9)) < 9:
            written = draw(st.sampled_from(("csv", "jsonl", "parquet")))
            tables[name] = (f"{name}.{written}", draw(_table(written, table, {}, 12)))
    return World(policy.texts, mapping.text, exports, tables, asked)


def _canonical(draw: st.DrawFn, policy: Policy, base: datetime, asked: tuple[RunOptions, ...], most: int) -> World:
    mapping = canonical_mapping(draw, base)
    rows = _rows(draw, tickets(policy, base), files.TORN_JSON, most)
    if draw(st.integers(0, 4)) == 4:
        exports = _in_parquet([row for row in rows if not isinstance(row, str)])
        if mapping is not None:
            mapping["source"]["name"] = "parquet"
    else:
        exports = _packed(draw, [draw(files.json_file(rows))], "jsonl")
    return World(policy.texts, json.dumps(mapping, indent=1) if mapping else None, exports, {}, asked)


def _in_parquet(rows: list[dict[str, Any]]) -> dict[str, bytes]:
    """Canonical tickets as columns of JSON."""
    keys = dict.fromkeys(key for row in rows for key in row)
    texts = [{key: files.json_object(value) for key, value in row.items()} for row in rows]
    return {"tickets.parquet": files.parquet_file(texts, dict.fromkeys(keys or ("id",), "JSON"))}


def sample(kind: str, count: int, number: int, most: int = 30) -> list[World]:
    """Worlds of a kind, the same for the same number."""
    found: list[World] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds(kind, most))
    def take(world: World) -> None:
        found.append(world)

    take()
    return found


# --- rows -------------------------------------------------------------------------------------------------------------
def _export(draw: st.DrawFn, kind: str, table: Table, options: dict[str, str], most: int) -> list[bytes]:
    """One file, or two of the same shape."""
    parts = 2 if draw(st.integers(0, 7)) == 7 else 1
    return [draw(_table(kind, table, options, most)) for _ in range(parts)]


@st.composite
def _table(draw: st.DrawFn, kind: str, table: Table, options: dict[str, str], most: int) -> bytes:
    def row(random: Random) -> files.Row:
        return {name: pick(random) for name, pick in table.columns.items()}

    rows = _rows(draw, row, files.TORN if kind == "csv" else files.TORN_JSON, most)
    if kind == "csv":
        return draw(files.csv_file(list(table.columns), rows, options))
    if kind == "parquet":
        types = {name: table.types.get(name, "") for name in table.columns}
        return files.parquet_file([row for row in rows if not isinstance(row, str)], draw(files.parquet_types(types)))
    random, oddly = Random(draw(_SEEDS)), draw(st.booleans())
    return draw(files.json_file([r if isinstance(r, str) else _in_json(random, r, oddly) for r in rows]))


_SEEDS: Final = st.integers(0, 2**32 - 1)


def _rows(draw: st.DrawFn, row: Pick[Any], torn: tuple[str, ...], most: int) -> list[Any]:
    """Rows, some of them once more byte for byte; in some files lines between them that are none. The first is one, or a
    table would not be known for what it is."""
    random = Random(draw(_SEEDS))
    faulty = draw(st.sampled_from((False, False, True)))  # a file without a fault is read another way
    repeats = draw(st.sampled_from((0, 0, 0.2)))
    rows = [row(random)]
    for _ in range(draw(st.sampled_from((most, most // 2, 2, 0)))):
        if faulty and random.random() < 0.1:
            rows.append(random.choice(torn))
        else:
            rows.append(random.choice(rows) if random.random() < repeats else row(random))
    return rows


def _in_json(random: Random, row: files.Row, oddly: bool) -> dict[str, Any]:
    """The cells as JSON values, oddly or all as texts; some left out."""
    if not oddly:
        return files.nested(row)
    cells = {name: random.choice(files.json_cells(text)) for name, text in row.items() if random.random() < 0.95}
    return files.nested(cells)


def _packed(draw: st.DrawFn, contents: list[bytes], kind: str) -> dict[str, bytes]:
    ending = "jsonl" if kind == "canonical" else kind
    if kind != "parquet" and draw(st.integers(0, 7)) == 7:
        return {f"tickets-{n}.{ending}.gz": files.packed(content) for n, content in enumerate(contents, 1)}
    if len(contents) > 1:
        return {f"tickets-{n}.{ending}": content for n, content in enumerate(contents, 1)}
    return {f"tickets.{ending}": contents[0]}


_HOUR: Final = 3_600_000_000


# --- questions --------------------------------------------------------------------------------------------------------
@st.composite
def _questions(draw: st.DrawFn, base: datetime) -> tuple[RunOptions, ...]:
    """Every verdict on every ticket, and another question or none."""
    near = [Instant.at(spellings.microseconds(m)) for m in spellings.moments(base)[:72]]
    instants = st.sampled_from([*near[27:], *near[27:54], *near])  # mostly late, or most tickets are not submitted yet
    perhaps = st.one_of(st.none(), instants)
    # as_of is stated more often than not, or one ticket of the year 9999 would make every clock run out
    as_of, exported_at = draw(st.one_of(instants, instants, st.none())), draw(perhaps)
    if (
        as_of is not None and draw(st.integers(0, 3)) == 3
    ):  # an export not long before: what ran out since, nobody knows
        exported_at = Instant.at(as_of.lo - draw(st.sampled_from((1, _HOUR, 8 * _HOUR, 72 * _HOUR))))
    whole = RunOptions("all", None, as_of, exported_at)
    if draw(st.booleans()):
        told = {"by": draw(st.sampled_from(((), ("edition",), ("channel", "language"), ("organization", "status"))))}
        if draw(st.integers(0, 2)) == 2:
            since, until = sorted(
                spellings.microseconds(draw(st.sampled_from(spellings.moments(base)))) for _ in range(2)
            )
            told["period"] = draw(st.sampled_from((Period(since, until + 1), Period(since, None), Period(None, until))))
        return (replace(whole, **told),)
    ticket = draw(st.sampled_from((None, None, "1", "1#2", "2", "tickets.csv#1", "zz")))
    return (whole, RunOptions(draw(st.sampled_from(("findings", "open", "all"))), ticket, draw(perhaps), draw(perhaps)))
