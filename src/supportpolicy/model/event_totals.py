"""How many events the judged tickets have, and what is wrong with their lists (docs/semantics.md, [M-8])."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventTotals:
    """The events of the judged tickets; and `strays`, the rows of a table of events that belong to no ticket of the input.
    `tickets` have such as were `read`, of which `repeated` repeat another of their
    ticket and `later` lie after the audit instant. Of their lists so many are `out_of_order`, `incomplete` or
    `unreadable`; what stands in the latter is not among the events read."""

    tickets: int = 0
    read: int = 0
    repeated: int = 0
    out_of_order: int = 0
    later: int = 0
    incomplete: int = 0
    unreadable: int = 0
    strays: int = 0

    def __add__(self, other: EventTotals) -> EventTotals:
        return EventTotals(*(getattr(self, name) + getattr(other, name) for name in EventTotals.__slots__))

    @property
    def there(self) -> bool:
        """Whether there is anything to say of events."""
        return self != EventTotals()
