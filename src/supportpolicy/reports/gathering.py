"""What the reports for people list together, counted as it comes: findings of one rule, unknowns that one repair settles,
exclusions for one reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum

from supportpolicy.model.finding import Excluded, Finding, Item, Rejected, RowPlace
from supportpolicy.model.verdict import OnFail, Verdict
from supportpolicy.plugin.records import Head
from supportpolicy.reports.evidence import told, told_by_clock
from supportpolicy.reports.page import plain, shortened
from supportpolicy.reports.summary import JudgedRule, judged_rules, number


class Part(Enum):
    """The parts of a report that list findings, in its order; the value is the heading."""

    VIOLATIONS = "Violations"
    UNKNOWN = "Unknown"
    OPEN = "Open"
    NOTES = "Notes"
    OUT_OF_SCOPE = "Out of scope"
    PASSED = "Passed"
    NOT_APPLICABLE = "Not applicable"
    EXCLUDED = "Excluded"
    REJECTED = "Rows that could not be read"


MORE_PARTS = (Part.OPEN, Part.NOTES, Part.OUT_OF_SCOPE, Part.PASSED, Part.NOT_APPLICABLE)
"""The parts after violations and unknowns."""

_FAILED = {
    OnFail.VIOLATION: Part.VIOLATIONS,
    OnFail.NOTE: Part.NOTES,
    OnFail.OUT_OF_SCOPE: Part.OUT_OF_SCOPE,
}
_OTHERS = {
    Verdict.UNKNOWN: Part.UNKNOWN,
    Verdict.OPEN: Part.OPEN,
    Verdict.PASS: Part.PASSED,
    Verdict.NOT_APPLICABLE: Part.NOT_APPLICABLE,
}


@dataclass(frozen=True, slots=True)
class Group:
    """What is listed together: findings of one rule of one revision; unknowns by the field and reason, since that is what
    can be mended; exclusions by their reason."""

    part: Part
    revision: str = ""
    rule: str = ""
    field: str = ""
    reason: str = ""


REJECTED = Group(Part.REJECTED)


@dataclass(frozen=True, slots=True)
class Listed:
    """One thing to list, the `nth` of its group: a ticket's name, what is told of it and where its record stands, all of it
    plain text on one line."""

    group: Group
    nth: int
    name: str
    told: str
    place: str


class Gathering:
    """Takes everything that is found and counts it, by group, rule and party; holds no finding."""

    def __init__(self, head: Head) -> None:
        self.rules = judged_rules(head)
        self.counted: Counter[Group] = Counter()
        self.by_rule: dict[Group, Counter[str]] = {}
        """Of each group of unknowns, the tickets that each rule leaves undecided for it."""
        self.whole: dict[Group, Counter[str]] = {}
        """The same of unknowns that hold for the whole input; they are not counted among the groups."""
        self._last: dict[Group, tuple[str, RowPlace | None]] = {}

    def take(self, item: Item) -> Listed | None:
        """Count an item; None where there is nothing to list."""
        match item:
            case Finding():
                return self._finding(item)
            case Excluded():
                group = Group(Part.EXCLUDED, reason=item.reason)
                return self._listed(group, named(item.ticket), "", standing(item.place))
            case Rejected():
                return self._listed(REJECTED, "", shortened(item.reason, 200), standing(item.place))

    def of_part(self, part: Part) -> list[Group]:
        """The groups of a part by their rules, in file order."""
        order = {key: n for n, key in enumerate(self.rules)}
        groups = (group for group in self.counted if group.part is part)
        return sorted(groups, key=lambda g: (order.get((g.revision, g.rule), len(order)), g.revision, g.rule))

    def unknown(self) -> list[Group]:
        """The groups of unknown verdicts, those that leave most verdicts undecided first."""
        groups = (group for group in self.counted if group.part is Part.UNKNOWN)
        return sorted(groups, key=lambda g: (-self.by_rule[g].total(), g.field, g.reason))

    def excluded(self) -> list[Group]:
        """The groups of tickets not judged, the largest first."""
        groups = (group for group in self.counted if group.part is Part.EXCLUDED)
        return sorted(groups, key=lambda g: (-self.counted[g], g.reason))

    def rule(self, group: Group) -> JudgedRule | None:
        """The rule of a group, None where the head does not know it."""
        return self.rules.get((group.revision, group.rule))

    def words(self, group: Group) -> str:
        """How many of what a group holds: `2 violations by the provider`."""
        count, rule = self.counted[group], self.rule(group)
        match group.part:
            case Part.VIOLATIONS:
                return number(count, "violation") + (f" by the {rule.head.party}" if rule else "")
            case Part.NOTES:
                return number(count, "note")
            case Part.OPEN:
                return f"{count:,} open"
            case _:
                return number(count, "ticket")

    def _finding(self, finding: Finding) -> Listed | None:
        group = _group(finding)
        rule = self.rules.get((finding.revision, finding.rule))
        key = rule.key if rule else finding.rule
        if finding.ticket is None:
            self.whole.setdefault(group, Counter())[key] += finding.tickets
            return None
        text = told(finding)
        if group.part is Part.UNKNOWN:
            self.by_rule.setdefault(group, Counter())[key] += 1
            if told_by_clock(finding):
                text = f"{plain(key)}: {text}"
            elif self._last.get(group) == (finding.ticket, finding.place):
                return None  # the same ticket for want of the same field, under another rule
            self._last[group] = (finding.ticket, finding.place)
        return self._listed(group, named(finding.ticket), text, standing(finding.place) if finding.place else "")

    def _listed(self, group: Group, name: str, text: str, place: str) -> Listed:
        self.counted[group] += 1
        return Listed(group, self.counted[group], name, text, place)


def rule_counts(rules: Counter[str]) -> str:
    """`first-response on 2 tickets, resolution on 1 ticket`."""
    return ", ".join(f"{plain(rule)} on {number(tickets, 'ticket')}" for rule, tickets in rules.items())


def whole_input(field: str, reason: str, head: Head) -> str:
    """What an unknown that holds for the whole input says."""
    declared = " and the mapping says so" if field in head.not_recorded else ""
    return f"{plain(field) or 'a field'}: {reason}; the input does not hold it at all{declared}"


def named(ticket: str) -> str:
    """A ticket's name or a spelling, in quotes where it would not stand out from the text around it."""
    shown = shortened(ticket)
    return shown if ticket and ticket.split() == [ticket] else f"'{shown}'"


def _group(finding: Finding) -> Group:
    if finding.verdict is Verdict.FAIL:
        return Group(_FAILED[finding.on_fail], finding.revision, finding.rule)
    part = _OTHERS[finding.verdict]
    if part is not Part.UNKNOWN:
        return Group(part, finding.revision, finding.rule)
    return Group(part, field=finding.field, reason=finding.reason or "")


def standing(place: RowPlace) -> str:
    """Where a record stands: `FILE:LINE`."""
    return f"{plain(place.file)}:{place.line}"
