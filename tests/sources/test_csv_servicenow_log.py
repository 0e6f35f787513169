"""A real export: the incident event log of a ServiceNow platform (UCI 498, CC BY 4.0, Amaral, Fantinato and Peres)."""

from __future__ import annotations

import csv
import gzip
import io
import os
from pathlib import Path

import pytest

from supportpolicy.plugin.rows import Row
from supportpolicy.sources.delimited import open_csv

SHARED = os.environ.get("SUPPORTPOLICY_SHARED_DATA", "")
LOG = Path(SHARED) / "servicenow_uci" / "incident_event_log.csv.gz"

pytestmark = pytest.mark.skipif(
    not (SHARED and LOG.is_file()),
    reason="SUPPORTPOLICY_SHARED_DATA does not name a folder with servicenow_uci/incident_event_log.csv.gz",
)


def test_every_row_is_read_as_python_reads_it():
    scan = open_csv([str(LOG)], {}).tables["tickets"]
    with gzip.open(LOG, "rb") as stream:
        python = csv.reader(io.TextIOWrapper(stream, "utf-8", newline=""), strict=True)
        assert scan.columns == tuple(next(python))
        for item, expected in zip(scan.rows(), python, strict=True):
            assert isinstance(item, Row)
            assert item.values == expected
    (tally,) = scan.tallies()
    assert (tally.read, tally.rejected, tally.blank, tally.inner, tally.line_feeds) == (141_712, 0, 0, 0, 141_713)
    assert tally.adds_up
