"""pandas: columns of text, a mask for each rule."""

from __future__ import annotations

import json
import sys

import pandas as pd

from benchmarks.peers.tickets import ENGLISH, PAID, WORDS, WRITTEN
from benchmarks.peers.verdicts import GATES, RULES

COLUMNS = ["id", "submitted", "first_response", "resolved", "closed", "edition", "language", "channel", "priority",
           "status"]  # fmt: skip
HORIZON = pd.Timestamp("2025-01-01", tz="UTC")


def frame(path: str) -> pd.DataFrame:
    """Words in lower case, missing where the policy does not know them; instants, with a column each that says whether
    the cell is blank."""
    tickets = pd.read_csv(path, usecols=COLUMNS, dtype=str, keep_default_na=False)
    for column in ("edition", "language", "channel", "priority", "status"):
        cells = tickets[column].str.strip().str.lower()
        if column == "language":
            cells = cells.str.partition("-")[0]
        tickets[column] = cells.where(cells.isin(WORDS[column]))
    for column in ("submitted", "first_response", "resolved", "closed"):
        cells = tickets[column]
        offset = cells.str.contains(r"(?:Z|[+-]\d\d:\d\d)$")
        tickets[column + "_blank"] = cells == ""
        tickets[column] = pd.to_datetime(cells.where(offset), format="ISO8601", utc=True, errors="coerce")
    return tickets


def gate(values: pd.Series, allowed: tuple[str, ...]) -> pd.Series:
    return pd.Series("fail", values.index).mask(values.isin(allowed), "pass").mask(values.isna(), "unknown")


def deadline(tickets: pd.DataFrame, start: str, stop: str, limit: str) -> pd.Series:
    began, ended, never = tickets[start], tickets[stop], tickets[stop + "_blank"]
    took = ended.fillna(HORIZON) - began
    late = (took > limit) | (never & (took >= limit))
    verdicts = pd.Series("pass", tickets.index).mask(never, "open").mask(late, "fail")
    verdicts = verdicts.mask(began.isna() | (ended.isna() & ~never) | (ended < began), "unknown")
    return verdicts.mask(tickets[start + "_blank"], "unknown" if start == "submitted" else "not_applicable")


def only(verdicts: pd.Series, applies: pd.Series) -> pd.Series:
    """Where it is not known whether the rule applies, `applies` is missing."""
    return verdicts.mask(applies.isna(), "unknown").mask(applies.eq(False), "not_applicable")


def condition(values: pd.Series, word: str) -> pd.Series:
    return values.eq(word).astype(object).mask(values.isna(), None)


def judge(tickets: pd.DataFrame) -> dict[str, pd.Series]:
    verdicts = {
        "paid-edition": gate(tickets["edition"], PAID),
        "english": gate(tickets["language"], ENGLISH),
        "written-only": gate(tickets["channel"], WRITTEN),
    }
    shut = pd.concat([column.eq("fail") for column in verdicts.values()], axis=1).any(axis=1)
    doubt = pd.concat([column.eq("unknown") for column in verdicts.values()], axis=1).any(axis=1)
    urgent, closed = condition(tickets["priority"], "urgent"), condition(tickets["status"], "closed")
    recorded = (
        pd.Series("pass", tickets.index)
        .mask(tickets["resolved"].isna(), "unknown")
        .mask(tickets["resolved_blank"], "fail")
        .mask(tickets["resolved_blank"] & tickets["closed"].isna(), "unknown")
        .mask(tickets["resolved_blank"] & tickets["closed_blank"], "open")
    )
    duties = {
        "first-response": (deadline(tickets, "submitted", "first_response", "12h"), None),
        "urgent-response": (deadline(tickets, "submitted", "first_response", "1h"), urgent),
        "resolution": (deadline(tickets, "submitted", "resolved", "5D"), None),
        "closing": (deadline(tickets, "resolved", "closed", "7D"), None),
        "resolution-recorded": (recorded, closed),
    }
    for rule, (column, applies) in duties.items():
        column = column.mask(doubt, "unknown")
        column = column if applies is None else only(column, applies)
        verdicts[rule] = column.mask(shut, "not_applicable")
    return verdicts


def main(path: str, found: str) -> None:
    tickets = frame(path)
    verdicts = judge(tickets)
    findings = [
        pd.DataFrame({"ticket": tickets["id"], "rule": rule, "verdict": column})[
            column.isin(["unknown"] if rule in GATES else ["fail", "unknown"])
        ]
        for rule, column in verdicts.items()
    ]
    pd.concat(findings).to_csv(found, header=False, index=False)
    print(json.dumps({rule: verdicts[rule].value_counts().to_dict() for rule in RULES}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
