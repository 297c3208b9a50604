from collegium.sdk.vertical import Vertical


class Medical(Vertical):
    slug = "medical"
    name = {"en": "Medical", "zh": ""}
