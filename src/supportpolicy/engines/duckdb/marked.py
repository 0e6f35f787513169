"""What texts mean that stand for values of JSON: most are the values themselves, some are marked as none."""

from __future__ import annotations

import json

from supportpolicy.expr.decode import Decoder, decoder, json_decoder
from supportpolicy.expr.reading import FieldPlan
from supportpolicy.model.cell import Cell, Reason, Unknown
from supportpolicy.plugin.records import MARK


def marked_decoder(plan: FieldPlan) -> Decoder:
    """The decoder of a field's texts, those with a mark included (see `plugin.records.ObjectFile`)."""
    decode, structured = decoder(plan), json_decoder(plan)
    missing = Unknown(Reason.MISSING, plan.name)

    def read(text: str) -> Cell | None:
        if not text.startswith(MARK):
            return decode(text)
        told = text[2:]
        match text[1:2]:
            case "":
                return missing
            case "t":
                return decode(json.loads(told))
            case "l":
                return structured(json.loads(told))
            case _:
                return Unknown(Reason.INVALID, plan.name, told)

    return read


def mark(kind: str = "") -> str:
    """The mark as SQL, before a letter."""
    return f"(chr({ord(MARK)}) || '{kind}')" if kind else f"chr({ord(MARK)})"


def is_marked(text: str, kind: str = "") -> str:
    """Whether a text has a mark, as SQL."""
    return f"starts_with({text}, {mark(kind)})"


def unmarked(text: str) -> str:
    """The text itself, as SQL; empty where there is none."""
    odd = f"WHEN {is_marked(text, 't')} THEN json_extract_string(substr({text}, 3), '$')"
    return f"CASE {odd} WHEN NOT {is_marked(text)} THEN {text} ELSE '' END"


def keyed(text: str) -> str:
    """The text by which rows of one ticket are known, as SQL; null where there is none."""
    return f"CASE WHEN {is_marked(text, 't')} OR NOT {is_marked(text)} THEN {text} END"
