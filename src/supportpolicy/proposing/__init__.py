"""A mapping proposed from an export: its columns and values go in, a draft for a person to correct comes out."""

from supportpolicy.proposing.proposal import Proposal, propose

__all__ = ["Proposal", "propose"]
