from collegium.sdk.apps import VerticalConfig


class DummyConfig(VerticalConfig):
    name = "tests.verticals.dummy"
    label = "dummy"
    vertical = "tests.verticals.dummy.vertical.Dummy"
