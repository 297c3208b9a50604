"""Which instances may show a name in their pixels, and so do not leave without somebody having looked."""

from pydicom.dataset import Dataset
from pydicom.uid import UID

from verticals.medical.imaging.pixels import has_pixels

# Kinds that are copies of screens or carry their annotations in the pixels, whatever they say of themselves.
RISKY_MODALITIES = {"US", "IVUS", "ES", "OT", "SC", "XC", "GM", "ECG", "DOC"}
RISKY_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.7",  # secondary capture, single and multi-frame
    "1.2.840.10008.5.1.4.1.1.6",  # ultrasound
    "1.2.840.10008.5.1.4.1.1.3",  # ultrasound multi-frame
    "1.2.840.10008.5.1.4.1.1.77.1",  # visible light: photographs and endoscopy
    "1.2.840.10008.5.1.4.1.1.104",  # encapsulated documents
)
SCREEN_WORDS = ("SCREEN", "CAPTURE", "SNAPSHOT", "DOSE REPORT", "SAVE")

REASONS = {
    "burned_in": "The file says that text is burned into its pixels.",
    "burned_in_unknown": "The file does not say that no text is burned into its pixels.",
    "risky_kind": "Its kind, such as ultrasound or secondary capture, carries text in its pixels as a rule.",
    "screenshot": "It is a copy of a screen.",
    "recognisable": "The file says that a person can be recognised in its pixels, such as by the face.",
    "document": "It holds a document that cannot be looked into.",
}


# Where the first image of a case has this reason and none may leave: whole sentences, each with its Chinese.
NONE_MAY_LEAVE = {key: f"No image may leave: {reason}" for key, reason in REASONS.items()}


def quarantine_reason(dataset: Dataset) -> str:
    """A key of REASONS, the gravest first; empty where nothing speaks against letting it go."""
    kind = str(dataset.get("SOPClassUID") or "")
    if "EncapsulatedDocument" in dataset or kind.startswith(RISKY_CLASSES[-1]):
        return "document"
    if not has_pixels(dataset):
        return ""
    annotation = str(dataset.get("BurnedInAnnotation") or "").strip().upper()
    if annotation == "YES":
        return "burned_in"
    if str(dataset.get("RecognizableVisualFeatures") or "").strip().upper() == "YES":
        return "recognisable"
    if _is_screenshot(dataset):
        return "screenshot"
    modality = str(dataset.get("Modality") or "").strip().upper()
    if _is_risky(kind) or modality in RISKY_MODALITIES or not modality:
        return "risky_kind"
    return "" if annotation == "NO" else "burned_in_unknown"


def _is_risky(kind: str) -> bool:
    return any(kind == one or kind.startswith(f"{one}.") for one in RISKY_CLASSES) or not UID(kind).is_valid


def _is_screenshot(dataset: Dataset) -> bool:
    stated = [*(dataset.get("ImageType") or [])]
    stated += [dataset.get(name) or "" for name in ("SeriesDescription", "ImageComments")]
    if str(dataset.get("ConversionType") or "") in {"WSD", "SI", "DF", "SD"}:
        return True
    return any(word in str(one).upper() for one in stated for word in SCREEN_WORDS)
