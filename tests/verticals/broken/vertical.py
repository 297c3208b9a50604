from collegium.sdk.vertical import Vertical


class Raises(Vertical):
    slug = "raises"
    name = {"en": "Raises", "zh": "出错"}

    def __init__(self) -> None:
        raise RuntimeError("the licence file is missing")
