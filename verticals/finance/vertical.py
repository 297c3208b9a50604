from collegium.sdk.vertical import Vertical


class Finance(Vertical):
    slug = "finance"
    name = {"en": "Finance", "zh": ""}
