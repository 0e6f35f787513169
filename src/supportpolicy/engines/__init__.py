"""What runs a plan. `reference` is the definition."""
