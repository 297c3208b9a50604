from tests.sample_world import world  # noqa: F401
