"""The small language between rules and engines: frozen nodes that say what to compute and never how."""
