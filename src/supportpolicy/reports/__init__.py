"""The built-in report formats: one file each."""
