"""The use case: from an export to a mapping that runs, and what there is to say about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from supportpolicy.audit import detect, load_policy
from supportpolicy.errors import InputError, Place, Problem
from supportpolicy.plugin import Registry, Source
from supportpolicy.proposing.columns import Export, survey
from supportpolicy.proposing.draft import Draft
from supportpolicy.proposing.opening import open_export
from supportpolicy.proposing.placing import place, witnesses
from supportpolicy.proposing.rows import read_again
from supportpolicy.proposing.wanted import Wanted
from supportpolicy.proposing.wording import shown
from supportpolicy.sources.locations import resolve

_CANONICAL = """\
# The rows are tickets already, so that no mapping is needed to read them. This one is for what a mapping can say besides:
# when the export was made, what is not recorded, what is left out.
supportpolicy-mapping: 1
source: {name: SOURCE}
records: canonical
# exported_at: 2024-12-31T23:59Z
# exclude: [{reason: spam, when: {tags: spam}}]
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The text of a mapping, and what was placed, guessed and left, in lines for a person."""

    text: str
    talk: tuple[str, ...]


def propose(
    exports: Sequence[str], registry: Registry, source: str | None = None, policy: str | None = None
) -> Proposal:
    """A mapping for the export. Raises SupportPolicyError where the export or the policy cannot be read."""
    wanted = Wanted.of(load_policy(policy, registry) if policy is not None else None)
    chosen = registry.source(source) if source is not None else detect(exports[0], registry)
    if chosen.mapping is not None:
        return _brought(chosen, exports)
    opened = open_export(exports, chosen)
    export = survey(opened.scan, opened.headers)
    if not any(column.filled for column in export.columns):
        raise InputError(
            Problem(
                f"no row could be read ({export.rejected:,} rejected)"
                if export.rejected
                else "the export holds no rows",
                Place(exports[0]),
                expected="rows to look at",
            )
        )
    if chosen.canonical and _is_canonical(export, wanted) and (opened.scan.columns is None or not _nulls(export)):
        text = _CANONICAL.replace("SOURCE", chosen.name)
        return Proposal(text, (f"{exports[0]}: its rows are tickets already; no mapping is needed",))
    rows = read_again(opened.scan, export, witnesses(export))
    placement = place(export, rows, wanted)
    draft = Draft(chosen.name, opened.options, exports, export, rows, placement, wanted)
    return Proposal(draft.text(), tuple(_talk(draft)))


def _brought(source: Source, exports: Sequence[str]) -> Proposal:
    assert source.mapping is not None
    found = source.detect(resolve(exports[:1])[0].probe()) if exports[0] != "-" else None
    because = f": {found.because}" if found is not None else ""
    talk = (
        f"the source {source.name} recognises the export{because}",
        "it brings a mapping of its own, which is used where none is given; here it is, to be corrected",
        "--source csv proposes one from the columns instead",
    )
    return Proposal(source.mapping(), talk)


def _is_canonical(export: Export, wanted: Wanted) -> bool:
    names = {column.name.partition(".")[0] for column in export.columns}
    return {"id", "submitted"} <= names and names <= set(wanted.types)


def _nulls(export: Export) -> bool:
    """Whether a cell is empty of which a mapping has to say what that means."""
    return any(column.nulls for column in export.columns)


def _talk(draft: Draft) -> Iterator[str]:
    placement, export = draft.placement, draft.export
    read = f"{export.rows:,} rows and {len(export.columns):,} columns read"
    yield f"{read}, {export.rejected:,} rows could not be" if export.rejected else read
    if sure := [p for p in placement.placed if not p.guessed]:
        yield f"placed: {', '.join(f'{p.field} from {shown(p.column.name)}' for p in sure)}"
    for guess in (p for p in placement.placed if p.guessed):
        yield f"guessed: {guess.field} from {shown(guess.column.name)} ({guess.why})"
    for undecided in placement.undecided:
        yield f"undecided: {undecided.field} from {shown(undecided.column.name)} ({undecided.why})"
    for placed in placement.placed:
        if unknown := [s for s in placed.spellings if s.word is None]:
            rows = sum(s.count for s in unknown)
            many = f"{len(unknown):,} spelling{'' if len(unknown) == 1 else 's'} of {placed.field}"
            yield f"not recognised: {many} on {rows:,} row{'' if rows == 1 else 's'}, most often {shown(unknown[0].text)}"
    if placement.left:
        yield f"left: {', '.join(shown(column.name) for column in placement.left)}"
    if export.nested:
        yield f"left, for it holds objects: {', '.join(map(shown, export.nested))}"
