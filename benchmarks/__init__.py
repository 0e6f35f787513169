"""What an audit costs, beside the cost of reading the same file and beside what else could do the same work."""
