"""Who broke the policy, how often and on how many tickets."""

from __future__ import annotations

from collections import Counter

from supportpolicy.model.finding import Finding
from supportpolicy.model.verdict import OnFail, Party, Verdict


class Breaches:
    """Violations by party, counted from the findings as they come.

    Tickets are told apart by one bit for each record of a file, so that the count is exact and small however many there
    are.
    """

    def __init__(self) -> None:
        self.violations: Counter[Party] = Counter()
        self.tickets: Counter[Party] = Counter()
        self._seen: dict[tuple[Party, str], bytearray] = {}
        self._names: dict[Party, set[str]] = {}

    def add(self, finding: Finding) -> None:
        """Take note of a finding; all but violations are ignored."""
        if finding.verdict is not Verdict.FAIL or finding.on_fail is not OnFail.VIOLATION:
            return
        self.violations[finding.party] += finding.tickets
        if finding.ticket is None:
            self.tickets[finding.party] = max(self.tickets[finding.party], finding.tickets)
        elif self._is_new(finding, finding.ticket):
            self.tickets[finding.party] += 1

    def _is_new(self, finding: Finding, name: str) -> bool:
        if finding.place is None:
            names = self._names.setdefault(finding.party, set())
            new = name not in names
            names.add(name)
            return new
        bits = self._seen.setdefault((finding.party, finding.place.file), bytearray())
        byte, bit = divmod(finding.place.record, 8)
        if byte >= len(bits):
            bits.extend(bytes(byte + 1 - len(bits)))
        new = not bits[byte] >> bit & 1
        bits[byte] |= 1 << bit
        return new
