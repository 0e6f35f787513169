"""Who broke the policy, how often and on how many tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supportpolicy.model.finding import Totals
from supportpolicy.model.verdict import OnFail, Party
from supportpolicy.plugin.records import Head


@dataclass(frozen=True, slots=True)
class Breaches:
    """Violations by party, and the tickets with at least one."""

    violations: Mapping[Party, int]
    tickets: Mapping[Party, int]

    @classmethod
    def of(cls, head: Head, totals: Totals) -> Breaches:
        violations = dict.fromkeys(Party, 0)
        for revision in head.revisions:
            for rule in revision.rules:
                counts = totals.rules.get((revision.label, rule.id))
                if counts is not None and rule.on_fail is OnFail.VIOLATION:
                    violations[rule.party] += counts.failed
        return cls(violations, {party: totals.breached.get(party, 0) for party in Party})
