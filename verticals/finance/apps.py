from collegium.sdk.apps import VerticalConfig


class FinanceConfig(VerticalConfig):
    name = "verticals.finance"
    label = "finance"
    vertical = "verticals.finance.vertical.Finance"
