"""The built-in sources: csv, jsonl and parquet."""
