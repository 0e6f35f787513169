"""Policies, as their authors might write them: all kinds of rule over all kinds of condition, in one revision or several."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

import spellings
from hypothesis import strategies as st

Condition = Any
"""As YAML holds it."""

INSTANTS: Final = ("submitted", "first_response", "resolved", "closed", "acknowledged", "updated")
_TEXTS: Final = ("organization", "requester", "group", "reference", "id", "subject")
_DEFAULT_WORDS: Final = {
    "channel": ("email", "web", "chat", "phone", "in_person", "other"),
    "created_by_role": ("customer", "staff", "bot", "system"),
}
VOCABULARIES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "edition": (("free", "team", "two words"), ("Team", "free", "ultimate", "café")),
    "priority": (("low", "high"),),
    "channel": (("email", "web", "fax"),),
    "created_by_role": (("customer", "staff", "boss"),),
    "tags": (("vip", "spam", "two words"), ("vip", "merged")),
    "status": (("open", "pending", "closed"), ("open", "pending", "closed", "deleted")),
}
_TYPED: Final = {
    "region": "token",
    "seats": "integer",
    "vip": "boolean",
    "contract": "text",
    "tongue": "language",
    "due": "instant",
}
TYPES: Final[dict[str, str]] = {
    **dict.fromkeys(_TEXTS, "text"),
    **dict.fromkeys(INSTANTS, "instant"),
    **dict.fromkeys(VOCABULARIES, "token"),
    "tags": "tags",
    "status": "token",
    "language": "language",
    **_TYPED,
}
"""Of every field that a generated policy may ask for."""
LIMITS: Final = ("1h", "12h", "1h", "12h", "1 day", "1 day", "1s", "90m", "36h", "1 minute", "2w", "100 weeks 1s")
_CLOSED: Final = (
    "8h",
    "1h",
    "90m",
    "1s",
    "36h",
    "1 business day",
    "3 business days",
    "end of business day 0",
    "end of business day 2",
    "next opening",
)
_OTHERWISE: Final = ("not offered", "best effort", "not stated")
_OFFICE: Final = {"zone": "Europe/Berlin", "hours": {"mon-sun": ["00:00-02:30", "09:00-12:00", "13:00-17:00"]}}
_SPANS: Final = (
    {"from": "2021-01-01", "until": "2026-01-01"},
    {"from": "2024-01-01", "until": "2025-01-01"},
    {"from": "2024-03-30", "until": "2024-04-02"},
    {"from": "2024-10-26", "until": "2024-10-29"},
)
_CALENDARS: Final[tuple[dict[str, Any], ...]] = (
    {**_OFFICE, "holidays": ["2024-04-01", "2024-10-28"]},
    {**_OFFICE, "hours": {"mon-fri": "09:00-17:00", "sun": "01:00-04:00"}},
    {"zone": "America/New_York", "hours": {"mon-sun": "22:00-06:00"}, "breaks": {"mon-sun": "00:00-00:30"}},
    {"zone": "Australia/Lord_Howe", "hours": {"mon-sun": "00:00-24:00"}, "breaks": {"sun": "13:00-14:00"}},
    {"zone": "UTC", "hours": {"sat": "12:00-24:00", "sun-wed": ["02:00-02:01", "14:00-15:00"]}},
)
_TAGS: Final = ("vip", "spam", "merged", "two words")
_LANGUAGES: Final = ("en", "de", "en-GB", "pt", "zh-Hant")
_PATTERNS: Final = (
    "u?",
    "u?",
    "v?p",
    "*e",
    "t*",
    "*",
    "?",
    "v*",
    "*e*",
    "*m*r*",
    "100%_",
    "a,b",
    "[x]*",
    "",
    "*\n*",
    "TE*",
    "ü",
)
_SETTINGS: Final = {
    "first_response": st.lists(st.sampled_from(("bot", "internal_note", "automatic")), unique=True, max_size=3).map(
        lambda counted: {"counts": counted}
    ),
    "staff_opened": st.sampled_from(("customer_message", "submission", "not_applicable")),
}


@dataclass(frozen=True)
class Policy:
    """Its revisions as YAML holds them. `words` are the vocabularies that all revisions declare alike or not at all: for
    each field those words that none of them refuses, None where any goes."""

    revisions: tuple[dict[str, Any], ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(json.dumps(revision, ensure_ascii=False, indent=1) for revision in self.revisions)

    def words(self, field: str) -> tuple[str, ...] | None:
        """Those that no revision refuses as a value of the field; None where any word goes."""
        stated = [r["facts"][field]["one_of"] for r in self.revisions if "one_of" in r.get("facts", {}).get(field, {})]
        if len(stated) < len(self.revisions) and field in _DEFAULT_WORDS:
            stated.append(_DEFAULT_WORDS[field])
        if not stated:
            return None
        lowered = [[word.lower() for word in words] for words in stated]
        return tuple(word for word in lowered[0] if all(word in words for words in lowered))

    def type(self, field: str) -> str:
        """Of the field, by the first revision that declares it; what a mapping knows of it otherwise."""
        return TYPES[field] if field not in _TYPED or self.declares(field) else "token"

    def names(self, field: str) -> bool:
        """Whether the field is spoken of anywhere, and not only declared."""
        keys = (json.dumps(field), f"as agreed {field}")
        texts = [json.dumps({**revision, "facts": {}}) for revision in self.revisions]
        return any(key in text for text in texts for key in keys)

    def declares(self, field: str) -> bool:
        return any(field in revision.get("facts", {}) for revision in self.revisions)


# --- facts ------------------------------------------------------------------------------------------------------------
_DECLARED: Final = st.fixed_dictionaries(
    {},
    optional={
        **{
            name: st.sampled_from(lists).map(lambda words: {"one_of": list(words)})
            for name, lists in VOCABULARIES.items()
        },
        **{name: st.just({"type": kind}) for name, kind in _TYPED.items()},
    },
)
_USUAL: Final = {
    "edition": {"one_of": ["free", "team", "two words"]},
    "seats": {"type": "integer"},
    "vip": {"type": "boolean"},
    "status": {"one_of": ["open", "pending", "closed"]},
}


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    """The usual ones nearly always, so that rules about them are not rare."""
    declared = draw(_DECLARED)
    stated = {**_USUAL, **declared} if draw(st.integers(0, 9)) < 9 else declared
    for name in ("edition", "priority"):
        if name in stated and draw(st.booleans()):
            stated[name] = {**stated[name], "as_of": draw(st.sampled_from(("start", "first_set", "stop", "export")))}
    return stated


# --- conditions -------------------------------------------------------------------------------------------------------
def _listed(values: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return st.one_of(st.sampled_from(values), st.lists(st.sampled_from(values), min_size=1, max_size=3))


def _bounds() -> st.SearchStrategy[dict[str, int]]:
    bound = st.sampled_from((3, 0, 4, -3, 10, 999_999_999_999_999_999))
    either = st.fixed_dictionaries({}, optional={"at_least": bound, "at_most": bound})
    return either.map(lambda stated: stated or {"at_least": 1})


def _of_fields(stated: dict[str, Any]) -> dict[str, st.SearchStrategy[Any]]:
    """By field what may be asked of it under these facts."""
    asked: dict[str, list[st.SearchStrategy[Any]]] = {}
    for name, words in {
        **_DEFAULT_WORDS,
        **{n: tuple(f["one_of"]) for n, f in stated.items() if "one_of" in f},
    }.items():
        asked[name] = [_listed(words), _listed(words), _listed(words)]
    asked.setdefault("tags", [_listed(_TAGS)])
    for name in ("language", *(n for n in ("tongue",) if n in stated)):
        asked[name] = [_listed(_LANGUAGES), _listed(_LANGUAGES)]
    for name in (*_TEXTS, *(n for n in ("contract",) if n in stated)):
        asked[name] = [_listed(spellings.TEXTS)]
    if "seats" in stated:
        asked["seats"] = [_bounds(), _bounds(), _listed(("3", "-3", "0"))]
    if "vip" in stated:
        asked["vip"] = [_listed(("true", "false"))] * 2
    for name in ("status", *(n for n in ("region",) if n in stated)):
        asked[name] = []
    like = st.sampled_from(_PATTERNS).map(lambda pattern: {"like": pattern})
    for name, ways in asked.items():
        if TYPES[name] in ("token", "tags", "text"):
            ways.append(like)
    present = st.booleans().map(lambda there: {"present": there})
    for name in (*asked, *INSTANTS, "events", *(n for n in ("due",) if n in stated)):
        asked.setdefault(name, []).append(present)
    return {name: st.one_of(ways) for name, ways in asked.items()}


def conditions(stated: dict[str, Any], terms: tuple[str, ...] = ()) -> st.SearchStrategy[Condition]:
    """Conditions over the fields that these facts leave to ask for; a few name a term."""
    return _conditions(json.dumps(stated, sort_keys=True), terms)


@cache
def _conditions(stated: str, terms: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    of_fields = _of_fields(json.loads(stated))
    often = [
        n for n in ("edition", "seats", "vip", "channel", "tags", "language", "resolved", "closed") if n in of_fields
    ]
    one = st.sampled_from((*often, *often, *of_fields)).flatmap(lambda n: of_fields[n].map(lambda asked: {n: asked}))
    leaf: st.SearchStrategy[Condition] = st.one_of(one, one, one, st.sampled_from(terms)) if terms else one
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
            inner.map(lambda part: {"not": part}),
            st.tuples(one, one).map(lambda both: {**both[0], **both[1]}),
        ),
        max_leaves=4,
    )


# --- events ---
_PAUSES: Final = ({"status": "pending"}, {"status": ["pending", "closed"]}, {"not": {"status": "open"}})


def _events(stated: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What happens to tickets, and changes of fields that are declared."""
    return st.one_of(_simple_events(stated), _simple_events(stated), _selections(stated))


def _simple_events(stated: dict[str, Any]) -> st.SearchStrategy[Any]:
    simple = st.sampled_from(("customer_message", "staff_message", "staff_message", "call"))
    changes = [{"status": ["open"]}, {"status": ["pending", "closed"]}, {"status": "closed"}, {"edition": "team"}]
    declared = [change for change in changes if change.keys() <= stated.keys()]
    return st.one_of(simple, st.sampled_from(declared)) if declared else simple


def _selections(stated: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Events of several kinds, and by whom."""
    whose = [{"kind": "call", "by": "customer"}, {"kind": "status", "by": ["staff", "bot"]}]
    whose += [{"status": ["open", "closed"], "by": "staff"}] if "status" in stated else []
    one = st.one_of(_simple_events(stated), st.sampled_from(whose))
    return st.one_of(st.sampled_from(whose), st.lists(one, min_size=2, max_size=3))


def _last(event: Any) -> dict[str, Any]:
    """The last of some events; of several kinds those without values."""
    if isinstance(event, list):
        event = [one for one in event if isinstance(one, str) or "kind" in one] or "call"
    return {"last": event}


def occasions(stated: dict[str, Any]) -> st.SearchStrategy[Condition]:
    """Conditions on what happened, and on when the calendar was open."""
    instants = st.sampled_from((*INSTANTS, *(n for n in ("due",) if n in stated)))
    within = st.sampled_from(("1h in 24x7", "8h in office", "1 business day in business"))
    events = _events(stated)
    moments = st.one_of(instants, events.map(_last), events.map(lambda event: {"first": event}))
    beside = st.tuples(events, st.sampled_from(("before", "after")), moments)
    words = [(name, stated[name]["one_of"]) for name in ("edition", "priority", "status") if name in stated]
    former = [
        st.tuples(_listed(tuple(values)), st.sampled_from(("first_set", "submission"))).map(
            lambda both, name=name: {name: {"in": both[0], "as_of": both[1]}}  # type: ignore[misc]
        )
        for name, values in words
    ]
    return st.one_of(
        *former,
        events.map(lambda event: {"happens": event}),
        beside.map(lambda told: {"happens": told[0], told[1]: told[2]}),
        st.tuples(events, within).map(lambda both: {"happens": both[0], "within": both[1]}),
        st.tuples(instants, st.sampled_from(("office", "business"))).map(lambda both: {both[0]: {"during": both[1]}}),
    )


def _meaning(moment: Any) -> str:
    """The same for moments that are written in two ways: `last call`, `{last: call}`, `{last: [call]}`."""
    match moment:
        case str():
            which, _, kind = moment.partition(" ")
            return _meaning({which: kind}) if kind else moment
        case list():
            return json.dumps(sorted(map(_meaning, moment))) if len(moment) != 1 else _meaning(moment[0])
        case dict():
            return json.dumps({key: _meaning(value) for key, value in moment.items()}, sort_keys=True)
        case _:
            return json.dumps(moment)


def _outermost(moment: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(moment, min_size=2, max_size=3, unique_by=_meaning)
    return st.tuples(st.sampled_from(("latest", "earliest")), several).map(lambda both: {both[0]: both[1]})


@st.composite
def _clocks_of_events(
    draw: st.DrawFn, stated: dict[str, Any], named: dict[str, Any], instants: tuple[str, ...]
) -> dict[str, Any]:
    """Deadlines whose clocks start or stop at events, pause, are moved to an opening, or must not stop too soon."""
    made: dict[str, Any] = {}
    events = _events(stated)
    if "status" in stated and draw(st.booleans()):
        made["pause_while"] = draw(st.sampled_from(_PAUSES))
    shape = draw(st.sampled_from(("each", "each", "each", "start", "stop", "last", "field", "field", "outermost")))
    if shape == "each":
        made |= {"each": draw(events), "stop": draw(events)}
        if draw(st.integers(0, 2)) == 2:
            moment = st.one_of(st.sampled_from(instants), events.map(_last))
            made["until"] = draw(st.one_of(moment, moment, _outermost(moment)))
        if draw(st.integers(0, 2)) == 2:
            made["after"] = draw(st.one_of(st.sampled_from(instants), events.map(lambda e: {"first": e})))
    else:
        first = events.map(lambda e: {"first": e})
        last = events.map(_last)
        made["start"] = draw({"start": first, "last": last}.get(shape, st.just("submitted")))
        fields = st.sampled_from(instants[2:] if shape == "last" else instants[1:])
        made["stop"] = draw(st.one_of(first, last) if shape == "stop" else fields)
        if shape == "outermost":
            later = st.sampled_from(instants[2:])
            made["start"] = draw(_outermost(st.one_of(st.sampled_from(instants[:2]), first)))
            made["stop"] = draw(st.one_of(later, _outermost(st.one_of(later, first, last))))
    key = "within" if shape == "each" or draw(st.integers(0, 2)) < 2 else "not_before"
    if shape != "each" and "pause_while" not in made and draw(st.integers(0, 2)) == 2:
        first = events.map(lambda e: {"first": e})
        until = st.one_of(first, st.sampled_from(instants[1:]), _outermost(st.one_of(first, st.sampled_from(instants))))
        made["only_in"] = {"calendar": draw(st.sampled_from(("office", "business"))), "until": draw(until)}
        made[key] = f"{draw(st.sampled_from(LIMITS))} in 24x7"
        return made
    if "pause_while" in made:
        cells = st.sampled_from((*(f"{amount} in 24x7" for amount in LIMITS), "8h in office", "90m in business"))
        made[key] = draw(st.one_of(cells, cells, st.just({"by": "edition", "table": {"else": "1h in local"}})))
        if isinstance(made[key], dict) and not ({"edition"} <= stated.keys() and "local" in named):
            made[key] = "36h in office"
    else:
        made[key] = draw(_limits(stated, named, instants))
    if key == "within" and shape != "each" and draw(st.integers(0, 3)) == 3:
        made["start_at_next_opening"] = draw(st.sampled_from(("office", "business")))
    return made


# --- limits ---
@st.composite
def calendars(draw: st.DrawFn, stated: dict[str, Any]) -> dict[str, Any]:
    """Two with hours of their own, and often one that chooses."""
    made = {
        name: {**draw(st.sampled_from(_CALENDARS)), "span": draw(st.sampled_from(_SPANS))}
        for name in ("office", "business")
    }
    choice = draw(st.sampled_from(("", "by value", "by condition")))
    field = _choosing(stated)
    if choice == "by value" and field:
        first, *others = _values(stated, field)
        made["local"] = {"choose": field, "cases": {first: "office", **dict.fromkeys(others, "business")}}
    if choice == "by condition":
        made["local"] = {"choose": [{"closed": {"present": True}, "use": "business"}, {"use": "office"}]}
    return made


def _choosing(stated: dict[str, Any]) -> str:
    """A field by which something can be chosen, if there is one."""
    return next((name for name in ("edition", "priority", "vip") if name in stated), "")


def _values(stated: dict[str, Any], field: str) -> tuple[str, ...]:
    return tuple(stated[field].get("one_of", ("true", "false")))


def _cells(named: Iterable[str], instants: Iterable[str]) -> st.SearchStrategy[str]:
    own = st.tuples(st.sampled_from(_CLOSED), st.sampled_from(tuple(named))).map(" in ".join)
    always = st.sampled_from(LIMITS).map(lambda amount: f"{amount} in 24x7")
    agreed = st.sampled_from(tuple(instants)).map(lambda name: f"as agreed {name}")
    return st.one_of(own, own, own, always, st.sampled_from(_OTHERWISE), agreed)


@st.composite
def _limits(draw: st.DrawFn, stated: dict[str, Any], named: dict[str, Any], instants: tuple[str, ...]) -> Any:
    """Half of them as simple as can be, on `24x7`; cells of all kinds, in tables and lists too."""
    if draw(st.booleans()):
        return draw(st.sampled_from(LIMITS)) + " in 24x7"
    cells = _cells(named, instants)
    shape = draw(st.sampled_from(("cell", "cell", "table", "table", "list")))
    by = [name for name in ("edition", "priority", "vip") if name in stated]
    if shape == "table" and by:
        by = by[: draw(st.integers(1, 2))]
        inner = cells if len(by) == 1 else st.one_of(cells, _level(_values(stated, by[1]), cells))
        return {"by": by, "table": draw(_level(_values(stated, by[0]), inner))}
    if shape == "list":
        conditions = [{"resolved": {"present": True}}, *({name: _values(stated, name)[0]} for name in by)]
        arms = draw(st.permutations(conditions))[: draw(st.integers(1, 2))]
        return {"choose": [*({**arm, "use": draw(cells)} for arm in arms), {"use": draw(cells)}]}
    return draw(cells)


def _level(values: tuple[str, ...], inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the values, and what holds for all others."""
    stated = st.fixed_dictionaries({}, optional=dict.fromkeys(values[:-1], inner))
    return st.tuples(stated, inner).map(lambda both: {**both[0], "else": both[1]})


# --- rules ------------------------------------------------------------------------------------------------------------
_GATES_BY_KIND: Final = ("eligibility", "language", "channel")


@st.composite
def rules(
    draw: st.DrawFn, stated: dict[str, Any], condition: st.SearchStrategy[Condition], named: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Up to six, of all kinds; some need gates above them."""
    made: dict[str, dict[str, Any]] = {}
    gates: list[str] = []
    kinds = ("deadline", "duty", "eligibility", "language", "channel", "unique", "deadline", "deadline", "duty")
    for number, kind in enumerate(
        draw(st.lists(st.sampled_from(kinds), min_size=draw(st.sampled_from((1, 3))), max_size=7)), 1
    ):
        rule = {"kind": kind, "clause": "all", **draw(_demand(kind, stated, condition, named))}
        others = [name for name in made if not _together(made, name)]
        if others and draw(st.integers(0, 5)) == 5:
            says = st.lists(st.sampled_from(("pass", "fail", "not_applicable")), min_size=1, max_size=2, unique=True)
            rule["when"] = {"verdict": {draw(st.sampled_from(others)): draw(says)}}
        elif draw(st.integers(0, 4)) == 4:
            rule["when"] = draw(condition)
        if draw(st.integers(0, 5)) == 5:
            rule["on_fail"] = draw(st.sampled_from(("note", "violation", "out_of_scope")))
        if draw(st.integers(0, 9)) == 9:
            rule["party"] = draw(st.sampled_from(("customer", "provider")))
        if gates and draw(st.integers(0, 2)) == 2:
            rule["needs"] = draw(st.lists(st.sampled_from(gates), min_size=1, max_size=2, unique=True))
        name = f"{kind}-{number}"
        default_gate = kind in _GATES_BY_KIND and "of" not in rule
        if rule.get("on_fail", "out_of_scope" if default_gate else "violation") == "out_of_scope":
            gates.append(name)
        made[name] = rule
    return made


def _is_gate(rule: dict[str, Any]) -> bool:
    default = "out_of_scope" if rule["kind"] in _GATES_BY_KIND and "of" not in rule else ""
    return bool(rule.get("on_fail", default) == "out_of_scope")


def _together(made: dict[str, dict[str, Any]], name: str) -> bool:
    """Whether the rule, or one that it hangs on, is judged over all tickets together, so that none may ask what it says."""
    rule = made[name]
    below = [*rule.get("needs", ()), *rule.get("when", {}).get("verdict", ())]
    return rule["kind"] == "unique" or any(_together(made, other) for other in below)


def _gates(made: dict[str, dict[str, Any]]) -> list[str]:
    """Those of the rules that are gates and hang on no others, as those of `scope` must not."""
    return [
        name
        for name, rule in made.items()
        if "needs" not in rule and "verdict" not in rule.get("when", ()) and _is_gate(rule)
    ]


@st.composite
def _demand(
    draw: st.DrawFn, kind: str, stated: dict[str, Any], condition: st.SearchStrategy[Condition], named: dict[str, Any]
) -> dict[str, Any]:
    instants = (*INSTANTS, *(n for n in ("due",) if n in stated))
    if kind == "deadline" and draw(st.booleans()):
        settings = draw(st.fixed_dictionaries({}, optional=_SETTINGS))
        return {**draw(_clocks_of_events(stated, named, instants)), **settings}
    if kind == "deadline":
        usual = ("submitted", "first_response")
        start, stop = draw(
            st.one_of(
                st.just(usual),
                st.tuples(st.just("submitted"), st.sampled_from(instants[1:])),
                st.permutations(instants).map(lambda order: (order[0], order[1])),
            )
        )
        return {
            "start": start,
            "stop": stop,
            "within": draw(_limits(stated, named, instants)),
            **draw(st.fixed_dictionaries({}, optional=_SETTINGS)),
        }
    if kind == "duty":
        awaited = st.sampled_from(instants).map(lambda name: {name: {"present": True}})
        refused = st.sampled_from(instants).map(lambda name: {"not": {name: {"present": True}}})
        required = draw(st.one_of(condition, awaited, refused, occasions(stated)))
        return {
            "require": required,
            **draw(st.fixed_dictionaries({}, optional={"settled_by": st.sampled_from(instants)})),
        }
    if kind == "eligibility":
        return {"require": draw(condition)}
    if kind == "unique":
        return {"field": draw(st.sampled_from(("reference", "requester", "edition", "id", "status")))}
    words = tuple(stated.get("channel", {}).get("one_of", _DEFAULT_WORDS["channel"]))
    key, values = ("languages", _LANGUAGES) if kind == "language" else ("channels", words)
    told = {key: draw(st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True))}
    of = draw(
        st.sampled_from(("", "", "", "", "replies", "replies", "call", ["replies", {"kind": "call", "by": "staff"}]))
    )
    return {**told, "of": of} if of else told


# --- objectives -------------------------------------------------------------------------------------------------------
_PER: Final = (
    *(["day in Europe/Berlin"] * 3),
    *("day in UTC", "week in America/Los_Angeles", "month in Europe/Berlin", "quarter from Feb in Asia/Kathmandu"),
    *("year from Apr in Europe/Berlin", "quarter in UTC", "year in UTC"),
)
"""The instants of a world lie around a midnight of Berlin and the end of March; see `spellings.SPRING`."""
_AIMS: Final = (
    {"at_least": "50%"},
    {"at_least": "100%"},
    {"at_least": "75%"},
    {"at_least": "33.3333%", "minimum": 2},
    {"at_least": "2 passes"},
    {"at_most": "0 fails"},
    {"at_most": "2 fails"},
)


@st.composite
def objectives(
    draw: st.DrawFn, stated: dict[str, Any], made: dict[str, dict[str, Any]], condition: st.SearchStrategy[Condition]
) -> dict[str, dict[str, Any]]:
    """Up to three, on rules that are no gates and of other things, by all kinds of field."""
    fields = ("organization", "requester", "edition", "language", *(n for n in ("seats", "vip") if n in stated))
    kept = [name for name, rule in made.items() if not _is_gate(rule)]
    gates = [name for name, rule in made.items() if _is_gate(rule)]
    found: dict[str, dict[str, Any]] = {}
    for number in range(draw(st.integers(0, 3))):
        one: dict[str, Any] = {"clause": "all"}
        if kept and draw(st.integers(0, 2)) < 2:
            one |= {"rule": draw(st.sampled_from(kept)), **draw(st.sampled_from(_AIMS))}
            if "each" in made[one["rule"]] and draw(st.booleans()):
                one["of"] = "clocks"
        else:
            one |= {"count": draw(st.sampled_from(("tickets", *fields))), "at_most": draw(st.integers(0, 3))}
            if gates and draw(st.booleans()):
                one["needs"] = [draw(st.sampled_from(gates))]
        if draw(st.integers(0, 2)) == 2:
            one["when"] = draw(condition)
        if draw(st.booleans()):
            one["per"] = draw(st.sampled_from(_PER))
        if draw(st.booleans()):
            one["by"] = draw(st.lists(st.sampled_from(fields), min_size=1, max_size=2, unique=True))
        found[f"objective-{number}"] = one
    return found


# --- policies ---------------------------------------------------------------------------------------------------------
@st.composite
def policies(draw: st.DrawFn, base: datetime) -> Policy:
    """One revision in most cases; several that follow one another in the rest."""
    bounds = sorted(draw(st.one_of(st.just([]), st.just([]), _bounds_of_revisions(base))))
    by = draw(st.sampled_from((*["submitted"] * 6, "updated", "due")))
    spans = list(zip([None, *bounds], [*bounds, None], strict=True))
    if len(spans) > 1 and draw(st.booleans()):
        spans = spans[1:]
    elif len(spans) > 1 and draw(st.booleans()):
        spans = spans[:-1]
    return Policy(tuple(draw(_revision(n, span, by)) for n, span in enumerate(spans, 1)))


def _bounds_of_revisions(base: datetime) -> st.SearchStrategy[list[str]]:
    near = [m.isoformat(timespec="microseconds").replace("+00:00", "Z") for m in spellings.moments(base)[:54]]
    return st.lists(st.sampled_from(near), min_size=1, max_size=2, unique=True)


@st.composite
def _revision(draw: st.DrawFn, number: int, span: tuple[str | None, str | None], by: str) -> dict[str, Any]:
    stated = draw(facts())
    if by == "due":
        stated["due"] = {"type": "instant"}
    condition = conditions(stated)
    terms: dict[str, Condition] = {}
    for name in draw(st.sampled_from(((), (), ("paid",), ("paid", "big or paid")))):
        terms[name] = draw(conditions(stated, tuple(terms)))
    named = draw(calendars(stated))
    asked = conditions(stated, tuple(terms))
    made = draw(rules(stated, st.one_of(asked, asked, asked, occasions(stated)), named))
    revision: dict[str, Any] = {
        "supportpolicy": 1,
        "id": "generated",
        "title": "Generated",
        "revision": f"r{number}",
        "clauses": {"all": {"section": "S", "says": "All of it."}},
        "calendars": named,
        "rules": made,
    }
    if any(span):
        revision["in_force"] = {key: at for key, at in zip(("from", "until"), span, strict=True) if at}
    if by != "submitted":
        revision["in_force_by"] = by
    if stated:
        revision["facts"] = stated
    if terms:
        revision["terms"] = terms
    aims = draw(objectives(stated, made, condition))
    if aims:
        revision["objectives"] = aims
    gates = _gates(made)
    if any(
        "verdict" in rule.get("when", ()) for rule in made.values()
    ):  # all that is asked hangs on the gates of the scope
        gates = [gate for gate in gates if not _together(made, gate)]
    if gates and draw(st.booleans()):
        revision["scope"] = draw(st.lists(st.sampled_from(gates), min_size=1, max_size=2, unique=True))
    if draw(st.integers(0, 4)) == 4:
        reasons = draw(st.sampled_from((("spam",), ("spam", "test"), ("spam", "test"), ("same", "same"))))
        revision["exclude"] = [{"reason": reason, "when": draw(condition)} for reason in reasons]
    if draw(st.integers(0, 3)) == 3:
        revision.update(draw(st.fixed_dictionaries({}, optional=_SETTINGS)))
    return revision
