"""Documents that take the whole way into the index."""

from tests.verticals.medical.tagging.conftest import caller, send  # noqa: F401
