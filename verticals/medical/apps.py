from collegium.sdk.apps import VerticalConfig


class MedicalConfig(VerticalConfig):
    name = "verticals.medical"
    label = "medical"
    vertical = "verticals.medical.vertical.Medical"
