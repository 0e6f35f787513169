"""Frozen values: instants, cells, tickets, verdicts, findings and totals. Nothing here reads or writes anything."""
