"""Turns a policy into a plan: documents to values, conditions to nodes, mappings to readings."""
