"""What else people could use, doing the same work: the eight rules on the same file, each by its tool's own means.

Each module is a program of its own, `python -m benchmarks.peers.NAME TICKETS FINDINGS`, that reads the CSV file TICKETS,
writes to FINDINGS a line `ticket,rule,verdict` for each violation, and for each unknown verdict if it can tell them, and
prints how often each rule has each verdict. None imports supportpolicy, and no rule is simplified in a tool's favour or
against it: what a tool cannot say stands in its docstring, and plain Python does that much in front of it.
"""
