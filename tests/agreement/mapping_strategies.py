"""Mappings: which column each field of the ticket stands in, and how it is read; with them the texts that it may hold."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import policy_strategies
import spellings
from hypothesis import strategies as st
from policy_strategies import Policy
from spellings import Pick, among, one_of

Texts = Pick[str]
Columns = dict[str, Texts]
"""The columns of a table, each with the texts of its cells."""

_ZONES: Final = (
    "Europe/Berlin",
    "UTC",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Australia/Lord_Howe",
)
_UNITS: Final = ("1m", "1h", "1s", "1h", "5m", "1 day")
_STATES: Final = ("open", "closed", "deleted", "OPEN", "pending")
_RENAMED: Final = {
    "token": ("mail", "Gold Edition", "P1", "ultimat"),
    "language": ("deutsch", "english"),
    "boolean": ("ja", "nein", "1"),
}
_LOOKED_UP: Final = ("edition", "priority", "seats", "tongue", "region", "due", "vip", "contract", "group")
_USUAL: Final = ("submitted", "created_by_role")
_KEYS: Final = ("requester", "organization", "contract", "group", "region")


@dataclass(frozen=True)
class Table:
    """What a table of rows is made of."""

    columns: Columns
    types: dict[str, str] = field(default_factory=dict)
    """Of the fields for which the columns are, where that is known."""


@dataclass
class Mapping:
    """As YAML holds it, and the tables that it reads: `tickets`, and those it looks up."""

    data: dict[str, Any]
    tables: dict[str, Table] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return json.dumps(self.data, ensure_ascii=False, indent=1)


@st.composite
def mappings(draw: st.DrawFn, policy: Policy, base: datetime, source: str) -> Mapping:
    """A mapping of rows that are read cell by cell, for CSV, JSON lines or Parquet."""
    made = Mapping({"supportpolicy-mapping": 1, "source": {"name": source}})
    columns: Columns = {"number": spellings.mostly(spellings.IDS, spellings.IDS, ("", "NULL", " "))}
    entries: dict[str, Any] = {"id": draw(st.sampled_from(("number", {"column": "number", "empty": "never"})))}
    made.data["fields"] = entries
    made.tables["tickets"] = Table(columns)
    zone = draw(st.sampled_from((_ZONES[0], *_ZONES, None)))
    if zone is not None:
        made.data["timezone"] = zone
    if draw(st.booleans()):
        made.data["nulls"] = draw(st.sampled_from((["NULL"], ["NULL", "n/a", "0"])))
    names = [
        name
        for name in policy_strategies.TYPES
        if name != "id" and draw(st.integers(0, 19)) < (19 if name in _USUAL or policy.names(name) else 4)
    ]
    looked_up = [name for name in _LOOKED_UP if draw(st.integers(0, 7)) > (5 if policy.names(name) else 6)]
    for name in names:
        if name not in looked_up:
            _enter(draw, made, policy, base, name, zone)
    for name in looked_up:
        _look_up(draw, made, policy, base, name, zone)
    unmapped = [n for n in policy_strategies.TYPES if n not in entries and n not in made.data.get("lookups", {})]
    if unmapped and draw(st.booleans()):
        made.data["not_recorded"] = draw(
            st.lists(st.sampled_from([*unmapped, "events"]), min_size=1, max_size=4, unique=True)
        )
    if draw(st.integers(0, 4)) == 4:
        _reduce(draw, made, columns)
    if draw(st.integers(0, 2)) == 2:
        _exclude(draw, made)
    if draw(st.integers(0, 3)) == 3:
        made.data["exported_at"] = (
            draw(st.sampled_from(spellings.moments(base)[:27])).isoformat().replace("+00:00", "Z")
        )
    return made


# --- fields -----------------------------------------------------------------------------------------------------------
def _enter(draw: st.DrawFn, made: Mapping, policy: Policy, base: datetime, name: str, zone: str | None) -> None:
    """The field in a column of its own, as a constant, or in a column that the export may lack."""
    columns = made.tables["tickets"].columns
    column = {"requester": "by.requester", "organization": "by.company", "subject": 'Sub "ject", 1'}.get(
        name, f"{name} of it"
    )
    kind = policy.type(name)
    if draw(st.integers(0, 19)) == 19 and (constant := _constant(policy, name, kind)) is not None:
        made.data["fields"][name] = {"constant": constant}
        return
    entry, texts = _entry(draw, policy, base, name, zone, columns)
    if draw(st.integers(0, 19)) == 19:
        made.data["fields"][name] = {**entry, **_stated(entry, "no such column"), "optional": True}
        return
    measured = "elapsed" in entry
    made.data["fields"][name] = {**entry, **_stated(entry, column)} if entry else column
    columns[column] = texts
    made.tables["tickets"].types[column] = kind
    if measured:
        return
    twin = draw(st.integers(0, 19))
    if twin == 19 and name == "first_response":  # one column, two fields
        made.data["fields"]["acknowledged"] = {**entry, "column": column}


def _stated(entry: dict[str, Any], column: str) -> dict[str, str]:
    return {"elapsed" if "elapsed" in entry else "column": column}


def _constant(policy: Policy, name: str, kind: str) -> str | None:
    """A text that the field may have under every revision."""
    words = policy.words(name)
    if words is not None and not words:
        return None
    usual = {"text": "C1", "language": "en-GB", "boolean": "true", "integer": " 3 ", "instant": "2024-03-31T02:00:00Z"}
    return usual.get(kind, words[0].upper() if words else "some word")


def _entry(
    draw: st.DrawFn, policy: Policy, base: datetime, name: str, zone: str | None, columns: Columns
) -> tuple[dict[str, Any], Texts]:
    """What the mapping says of the field besides its place, and the texts that stand there."""
    kind = policy.type(name)
    entry: dict[str, Any] = {}
    instant = kind == "instant"
    texts = _instant(draw, entry, base, zone, name) if instant else _worded(draw, entry, policy, name, kind)
    if draw(st.integers(0, 4)) == 4:
        entry["nulls"] = draw(st.sampled_from((["n/a"], ["NULL", " n/a "], [])))
    empty = draw(st.sampled_from(("never", "unknown", "when", *(() if instant else (None, None)))))
    if empty == "when":
        columns.setdefault("status of it", among(*_STATES))
        told = draw(st.sampled_from((["open"], ["open", " pending "])))
        entry["empty"] = {"never_when": {"column": "status of it", "in": told}}
    elif empty is not None:
        entry["empty"] = empty
    return entry, one_of((8, texts), (1, among(*spellings.EMPTIES)))


def _instant(draw: st.DrawFn, entry: dict[str, Any], base: datetime, zone: str | None, name: str) -> Texts:
    if name not in ("submitted", "due") and draw(st.integers(0, 4)) == 4:
        entry.update(
            elapsed="", unit=draw(st.sampled_from("mshd")), clock=draw(st.sampled_from(("24x7", "24x7", "business")))
        )
        texts = spellings.mostly(spellings.DURATIONS, spellings.DURATIONS, spellings.NO_DURATIONS)
    else:
        stated = draw(st.sampled_from(("", "", "", *spellings.FORMATS)))
        if stated:
            entry["format"] = stated
        if draw(st.integers(0, 9)) == 9 or (stated in spellings.NEED_A_ZONE and zone is None):
            entry["timezone"] = draw(st.sampled_from(_ZONES))
        texts = spellings.instants(stated, base, name == "submitted")
    if draw(st.booleans()):
        entry["precision"] = {
            "unit": draw(st.sampled_from(_UNITS)),
            "by": draw(st.sampled_from(("floor", "nearest", "ceil"))),
        }
    return texts


def _worded(draw: st.DrawFn, entry: dict[str, Any], policy: Policy, name: str, kind: str) -> Texts:
    match kind:
        case "integer":
            return spellings.mostly(spellings.INTEGERS, spellings.INTEGERS, spellings.NO_INTEGERS)
        case "text":
            return spellings.mostly(spellings.TEXTS[:4], spellings.TEXTS, spellings.ODD_TEXTS)
    words = policy.words(name)
    renamed = _RENAMED.get("token" if kind == "tags" else kind, ())
    if kind in ("language", "boolean"):
        words = ("en", "de", "en-GB") if kind == "language" else ("true", "false")
    may_rename = words != ()
    words = words or _STATES
    if may_rename and draw(st.integers(0, 2)) == 2:
        entry["values"] = {raw: draw(st.sampled_from(words)) for raw in renamed if draw(st.booleans())} or {
            "x": words[0]
        }
    known = tuple(entry.get("values", ()))
    if kind == "language":
        well, odd = spellings.LANGUAGES[:3], spellings.NO_LANGUAGES
        return spellings.mostly(well, well, spellings.spelt((*spellings.LANGUAGES, *known)), odd)
    if kind == "boolean":
        return spellings.mostly(words, (*spellings.BOOLEANS, *known), spellings.NO_BOOLEANS)
    if kind == "tags":
        words = policy.words(name) or ("vip", "spam", "merged", "two words")
        separator = draw(st.sampled_from((None, " ", ";", "||")))
        if separator is not None:
            entry["separator"] = separator
        joined = tuple((separator or ",").join(pair) for pair in zip(words, (*words[1:], words[0]), strict=True))
        oddly = (*spellings.spelt((*words, *known)), "vip,vip", ";", ",", "VIP ; Spam")
        return spellings.mostly((*words, *joined), (*words, *joined), oddly, ("Gold Edition", "ultimat"))
    usual = ("customer",) if name == "created_by_role" and "customer" in words else words
    return spellings.mostly(usual, usual, spellings.spelt((*words, *known)), spellings.NO_WORDS)


# --- lookups ----------------------------------------------------------------------------------------------------------
def _look_up(draw: st.DrawFn, made: Mapping, policy: Policy, base: datetime, name: str, zone: str | None) -> None:
    """The field from a row of another table, if there is a key for it."""
    fields, lookups = made.data["fields"], made.data.get("lookups", {})
    keys = [k for k in _KEYS if k != name and (k in fields or k in lookups) and policy.type(k) in ("text", "token")]
    keys = [k for k in keys if k != "contract" or policy.type(k) == "text"]
    if not keys:
        return
    key = draw(st.sampled_from(keys))
    name_of_table = draw(st.sampled_from(("accounts", "users")))
    table = made.tables.setdefault(
        name_of_table, Table({"who": spellings.mostly(spellings.TEXTS[:4], spellings.TEXTS, ("", "NULL"))})
    )
    entry, texts = _entry(draw, policy, base, name, zone, table.columns)
    if "elapsed" in entry:  # nothing in another table is measured from the submission
        for stated in ("elapsed", "unit", "clock"):
            entry.pop(stated)
        texts = spellings.instants("", base)
    if draw(st.booleans()):
        if "format" not in entry and policy.type(name) != "instant" and draw(st.booleans()):
            entry["format"] = draw(st.sampled_from(spellings.FORMATS[1:4]))
            entry["timezone"] = draw(st.sampled_from(_ZONES))
        entry["valid"] = ["since", "until"]
        bounds = one_of((1, spellings.instants(entry.get("format", ""), base)), (2, among("")))
        table.columns.setdefault("since", bounds)
        table.columns.setdefault("until", bounds)
    table.columns[f"{name} there"] = texts
    table.types[f"{name} there"] = policy.type(name)
    made.data.setdefault("lookups", {})[name] = {
        "table": name_of_table,
        "key": key,
        "match": "who",
        "value": f"{name} there",
        **entry,
    }


# --- rows, exclusions -------------------------------------------------------------------------------------------------
def _reduce(draw: st.DrawFn, made: Mapping, columns: Columns) -> None:
    columns["case"] = among("A", "B", "C", "D", "E", "F", "a", " A", "", "NULL")
    columns["seq"] = spellings.mostly(
        ("1", "2", "10", "3"), ("02", "-1", "é", "z", "Z", "1", ""), spellings.NO_INTEGERS
    )
    made.data["rows"] = {
        "one_ticket_per": "case",
        "keep": draw(st.sampled_from(("last", "first"))),
        "order_by": {"column": "seq", "as": draw(st.sampled_from(("integer", "text")))},
        "ties": draw(st.sampled_from(("last_in_file", "first_in_file"))),
    }


def _exclude(draw: st.DrawFn, made: Mapping) -> None:
    """Conditions that hold of a field whether or not the policy declares it."""
    fields = {*made.data["fields"], *made.data.get("lookups", {})}
    asked: list[dict[str, Any]] = []
    for name, value in {
        "status": "deleted",
        "tags": ["spam", "merged"],
        "requester": {"like": "u?"},
        "vip": "true",
        "seats": "3",
        "resolved": {"present": True},
        "language": "de",
        "edition": ["free", "ultimat"],
        "contract": "u1",
        "due": {"present": False},
    }.items():
        if name in fields:
            asked.append({name: value})
    if not asked:
        return
    one = st.sampled_from(asked)
    condition = st.one_of(one, one, st.tuples(one, one).map(lambda two: {"any": list(two)}))
    made.data["exclude"] = [
        {"reason": reason, "when": draw(condition)}
        for reason in draw(st.sampled_from((("deleted",), ("deleted", "other"))))
    ]
