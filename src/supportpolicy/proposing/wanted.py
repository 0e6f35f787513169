"""What a policy asks of tickets: the fields its rules read and the words it knows for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from supportpolicy.compiler.policy import Policy
from supportpolicy.expr.nodes import reads
from supportpolicy.model.ticket import FIELDS, VOCABULARY, FieldType


@dataclass(frozen=True, slots=True)
class Wanted:
    """The fields by type, the vocabularies that are known, and the fields that rules read (empty without a policy)."""

    types: Mapping[str, FieldType]
    vocabularies: Mapping[str, tuple[str, ...]]
    read: frozenset[str]
    policy: str = ""

    @classmethod
    def of(cls, policy: Policy | None) -> Wanted:
        """What the policy wants; without one, every field of a ticket with the words that are known of old."""
        if policy is None:
            return cls(FIELDS, VOCABULARY, frozenset())
        types = dict(FIELDS)
        words: dict[str, tuple[str, ...]] = {}
        read: set[str] = set()
        for revision in policy.revisions:
            types.update({name: fact.type for name, fact in revision.facts.items()})
            for rule in revision.rules:
                read.update(reads(rule.demand), reads(rule.when) if rule.when is not None else ())
            read.update(name for objective in revision.objectives for name in objective.reads)
            for name in types:
                fact = revision.fact(name)
                if fact is not None and fact.one_of is not None:
                    # A word must be known to every revision, or a mapping to it would not fit one of them.
                    words[name] = tuple(w for w in words.get(name, fact.one_of) if w in fact.one_of)
        return cls(MappingProxyType(types), MappingProxyType(words), frozenset(read), policy.id)
