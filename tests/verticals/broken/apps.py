from collegium.sdk.apps import VerticalConfig


class RaisesConfig(VerticalConfig):
    """Its vertical raises when it is made."""

    name = "tests.verticals.broken"
    label = "raises"
    vertical = "tests.verticals.broken.vertical.Raises"
