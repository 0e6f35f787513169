"""Support policies as code: rules in YAML, applied to tickets, with evidence for every verdict.

import supportpolicy
policy = supportpolicy.load_policy("policies/memsource-technical-support")
judgement = policy.judge({"id": "T-1", "submitted": "2021-03-01T08:00:00Z", ...}, as_of="2021-03-02T00:00:00Z")
print(judgement["first-response"].verdict)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from supportpolicy.errors import SupportPolicyError
    from supportpolicy.library import Audit, Judgement, Policy, RuleVerdict, audit_export, load_policy

__version__ = "0.1.0"
"""Stated here once: what is packaged takes it from here, and asking the installed metadata takes longer than to start."""

__all__ = ["Audit", "Judgement", "Policy", "RuleVerdict", "SupportPolicyError", "audit_export", "load_policy"]


def __getattr__(name: str) -> Any:
    """Load the library when it is used: the command line starts without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module("supportpolicy.errors" if name == "SupportPolicyError" else "supportpolicy.library")
    return getattr(module, name)
