"""What a plugin author imports: the records, the four hooks and the registry that holds what was found."""

from supportpolicy.plugin.hooks import hookimpl
from supportpolicy.plugin.records import (
    Detected,
    Engine,
    Head,
    LoweringContext,
    Probe,
    Progress,
    Report,
    RuleKind,
    Run,
    RunOptions,
    Scan,
    Snapshot,
    Source,
    Writer,
)
from supportpolicy.plugin.registry import Registry
from supportpolicy.plugin.rows import Row

__all__ = [
    "Detected",
    "Engine",
    "Head",
    "LoweringContext",
    "Probe",
    "Progress",
    "Registry",
    "Report",
    "Row",
    "RuleKind",
    "Run",
    "RunOptions",
    "Scan",
    "Snapshot",
    "Source",
    "Writer",
    "hookimpl",
]
