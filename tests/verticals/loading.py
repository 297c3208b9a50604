"""Loads the dummy vertical beside the installed ones, for a test."""


def dummy_load(monkeypatch):
    """The dummy, which the registry now knows."""
    from collegium.sdk import registry
    from tests.verticals.dummy.vertical import Dummy

    loaded, broken = registry._load()
    vertical = Dummy()
    monkeypatch.setattr(registry, "_load", lambda: ({**loaded, "dummy": vertical}, broken))
    return vertical
