"""The built-in sources: csv and jsonl."""
