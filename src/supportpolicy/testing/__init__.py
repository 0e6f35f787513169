"""Policy tests, and the conformance suites that plugin authors run too."""
