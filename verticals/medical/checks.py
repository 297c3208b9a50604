"""What generated text may not say: doses stand in quotations only."""

from collegium.sdk.vertical import Finding
from verticals.medical.doses import doses_read

MESSAGE = {"en": "Doses are given in quotations only.", "zh": "剂量只在引文中给出。"}


def doses_find(text: str, quoted: str = "", *, language: str = "en") -> list[Finding]:
    """A finding for text that states a dose: a slip of a digit there can harm, so it is quoted or left
    out.

    Args:
        quoted: quotations beside it; what they state, in whatever wording, is no finding.
    """
    stated = set(doses_read(text))
    if not stated or stated <= set(doses_read(quoted)):
        return []
    return [
        Finding(
            check="dose",
            action="dropped",
            message=MESSAGE["zh" if language == "zh" else "en"],
            excerpt=text,
        )
    ]
