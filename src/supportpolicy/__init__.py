"""Support policies as code."""
