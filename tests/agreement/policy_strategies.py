"""Policies, as their authors might write them: all kinds of rule over all kinds of condition, in one revision or several."""

from __future__ import annotations

import json
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
        key = json.dumps(field)
        return any(key in json.dumps({**revision, "facts": {}}) for revision in self.revisions)

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
}


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    """The usual ones nearly always, so that rules about them are not rare."""
    declared = draw(_DECLARED)
    return {**_USUAL, **declared} if draw(st.integers(0, 9)) < 9 else declared


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


# --- rules ------------------------------------------------------------------------------------------------------------
_GATES_BY_KIND: Final = ("eligibility", "language", "channel")


@st.composite
def rules(
    draw: st.DrawFn, stated: dict[str, Any], condition: st.SearchStrategy[Condition]
) -> dict[str, dict[str, Any]]:
    """Up to six, of all kinds; some need gates above them."""
    made: dict[str, dict[str, Any]] = {}
    gates: list[str] = []
    kinds = ("deadline", "duty", "eligibility", "language", "channel", "unique", "deadline", "deadline", "duty")
    for number, kind in enumerate(
        draw(st.lists(st.sampled_from(kinds), min_size=draw(st.sampled_from((1, 3))), max_size=7)), 1
    ):
        rule = {"kind": kind, "clause": "all", **draw(_demand(kind, stated, condition))}
        if draw(st.integers(0, 4)) == 4:
            rule["when"] = draw(condition)
        if draw(st.integers(0, 5)) == 5:
            rule["on_fail"] = draw(st.sampled_from(("note", "violation", "out_of_scope")))
        if draw(st.integers(0, 9)) == 9:
            rule["party"] = draw(st.sampled_from(("customer", "provider")))
        if gates and draw(st.integers(0, 2)) == 2:
            rule["needs"] = draw(st.lists(st.sampled_from(gates), min_size=1, max_size=2, unique=True))
        name = f"{kind}-{number}"
        default_gate = kind in _GATES_BY_KIND and rule.get("of") != "replies"
        if rule.get("on_fail", "out_of_scope" if default_gate else "violation") == "out_of_scope":
            gates.append(name)
        made[name] = rule
    return made


def _is_gate(rule: dict[str, Any]) -> bool:
    default = "out_of_scope" if rule["kind"] in _GATES_BY_KIND and rule.get("of") != "replies" else ""
    return bool(rule.get("on_fail", default) == "out_of_scope")


def _gates(made: dict[str, dict[str, Any]]) -> list[str]:
    """Those of the rules that are gates and need no others, as those of `scope` must not."""
    return [name for name, rule in made.items() if "needs" not in rule and _is_gate(rule)]


@st.composite
def _demand(
    draw: st.DrawFn, kind: str, stated: dict[str, Any], condition: st.SearchStrategy[Condition]
) -> dict[str, Any]:
    instants = (*INSTANTS, *(n for n in ("due",) if n in stated))
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
            "within": draw(st.sampled_from(LIMITS)) + " in 24x7",
            **draw(st.fixed_dictionaries({}, optional=_SETTINGS)),
        }
    if kind == "duty":
        awaited = st.sampled_from(instants).map(lambda name: {name: {"present": True}})
        refused = st.sampled_from(instants).map(lambda name: {"not": {name: {"present": True}}})
        required = draw(st.one_of(condition, awaited, refused))
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
    return {**told, "of": "replies"} if draw(st.integers(0, 2)) == 2 else told


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
    made = draw(rules(stated, conditions(stated, tuple(terms))))
    revision: dict[str, Any] = {
        "supportpolicy": 1,
        "id": "generated",
        "title": "Generated",
        "revision": f"r{number}",
        "clauses": {"all": {"section": "S", "says": "All of it."}},
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
    if gates and draw(st.booleans()):
        revision["scope"] = draw(st.lists(st.sampled_from(gates), min_size=1, max_size=2, unique=True))
    if draw(st.integers(0, 4)) == 4:
        reasons = draw(st.sampled_from((("spam",), ("spam", "test"), ("spam", "test"), ("same", "same"))))
        revision["exclude"] = [{"reason": reason, "when": draw(condition)} for reason in reasons]
    if draw(st.integers(0, 3)) == 3:
        revision.update(draw(st.fixed_dictionaries({}, optional=_SETTINGS)))
    return revision
