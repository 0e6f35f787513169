"""The built-in rule kinds: one file each, with its closed schema and how it lowers."""
