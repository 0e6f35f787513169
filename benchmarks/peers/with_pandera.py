"""pandera: a schema over a pandas frame, with a column for each rule; it is validated lazily, so that all failures are
told.

A check passes or fails, so it tells violations and what is not covered. Nulls are passed over, and so a rule's column is
null where the rule does not speak or nothing certain can be said.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pandas as pd
import pandera.pandas as pa

from benchmarks.peers.naive_pandas import HORIZON, frame
from benchmarks.peers.tickets import ENGLISH, PAID, WRITTEN
from benchmarks.peers.verdicts import report


def took(tickets: pd.DataFrame, start: str, stop: str, where: pd.Series) -> pd.Series:
    """In seconds; where a clock still runs, a microsecond more than until the horizon, for if it stopped it would be later
    than that."""
    running = tickets[stop].where(~tickets[stop + "_blank"], HORIZON + pd.Timedelta("1us"))
    seconds = (running - tickets[start]).dt.total_seconds()
    return seconds.where(where & (seconds >= 0))


SCHEMA = pa.DataFrameSchema(
    {
        "paid-edition": pa.Column(str, pa.Check.isin(PAID), nullable=True),
        "english": pa.Column(str, pa.Check.isin(ENGLISH), nullable=True),
        "written-only": pa.Column(str, pa.Check.isin(WRITTEN), nullable=True),
        "first-response": pa.Column(float, pa.Check.le(12 * 3600), nullable=True),
        "urgent-response": pa.Column(float, pa.Check.le(3600), nullable=True),
        "resolution": pa.Column(float, pa.Check.le(5 * 86400), nullable=True),
        "closing": pa.Column(float, pa.Check.le(7 * 86400), nullable=True),
        "resolution-recorded": pa.Column(float, pa.Check.eq(1.0), nullable=True),
    }
)


def columns(tickets: pd.DataFrame) -> pd.DataFrame:
    covered = tickets["edition"].isin(PAID) & tickets["language"].isin(ENGLISH) & tickets["channel"].isin(WRITTEN)
    closed = covered & tickets["status"].eq("closed") & tickets["closed"].notna()
    return pd.DataFrame(
        {
            "paid-edition": tickets["edition"],
            "english": tickets["language"],
            "written-only": tickets["channel"],
            "first-response": took(tickets, "submitted", "first_response", covered),
            "urgent-response": took(tickets, "submitted", "first_response", covered & tickets["priority"].eq("urgent")),
            "resolution": took(tickets, "submitted", "resolved", covered),
            "closing": took(tickets, "resolved", "closed", covered),
            "resolution-recorded": (~tickets["resolved_blank"]).astype(float).where(closed),
        }
    )


def verdicts(path: str) -> Iterator[tuple[str, str, str]]:
    tickets = frame(path)
    try:
        SCHEMA.validate(columns(tickets), lazy=True, inplace=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        names = tickets["id"].to_numpy()[cases["index"].astype(int)]
        for name, rule in zip(names, cases["column"], strict=True):
            yield name, rule, "fail"


if __name__ == "__main__":
    report(verdicts(sys.argv[1]), sys.argv[2])
