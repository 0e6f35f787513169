from supportpolicy.engines import reference
from supportpolicy.testing.conformance import check_engine


def test_reference() -> None:
    check_engine(reference.ENGINE)
