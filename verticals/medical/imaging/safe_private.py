"""Private elements that tell of the image and of nobody (PS3.15, E.3.10): by creator, group and element."""

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

# (creator, group, element within the creator's block): the value is a number.
SAFE = {
    ("ELSCINT1", 0x00E1, 0x50),  # acquisition duration
    ("ELSCINT1", 0x01F1, 0x26),  # pitch
    ("ELSCINT1", 0x01F1, 0x27),  # rotation time
    ("GEMS_PARM_01", 0x0043, 0x27),  # scan pitch ratio
    ("GEMS_PARM_01", 0x0043, 0x39),  # b value
    ("GEMS_ACQU_01", 0x0019, 0x23),  # table speed
    ("GEMS_ACQU_01", 0x0019, 0x24),  # middle scan time
    ("GEMS_ACQU_01", 0x0019, 0x27),  # rotation speed
    ("Philips Imaging DD 001", 0x2001, 0x03),  # diffusion b factor
    ("Philips MR Imaging DD 001", 0x2005, 0x0D),  # scale intercept
    ("Philips MR Imaging DD 001", 0x2005, 0x0E),  # scale slope
    ("Philips PET Private Group", 0x7053, 0x00),  # SUV factor
    ("Philips PET Private Group", 0x7053, 0x09),  # activity concentration factor
    ("SIEMENS MR HEADER", 0x0019, 0x0A),  # images in the mosaic
    ("SIEMENS MR HEADER", 0x0019, 0x0C),  # b value
    ("SIEMENS MR HEADER", 0x0019, 0x0E),  # direction of the diffusion gradient
}
NUMBERS = {"DS", "IS", "FL", "FD", "SS", "US", "SL", "UL"}


def is_safe_private(dataset: Dataset, element: DataElement) -> bool:
    """Whether an element is on the list and a number, or reserves the block of such a one."""
    tag = element.tag
    if tag.is_private_creator:
        return any(
            is_safe_private(dataset, dataset[other])
            for other in list(dataset.keys())
            if other.group == tag.group and other.element >> 8 == tag.element and other != tag
        )
    creator = dataset.get((tag.group, tag.element >> 8))
    if creator is None or element.VR not in NUMBERS:
        return False
    return (str(creator.value).strip(), tag.group, tag.element & 0xFF) in SAFE and _numeric(element)


def _numeric(element: DataElement) -> bool:
    values = element.value if element.VM > 1 else [element.value]
    try:
        return all(float(one) is not None for one in values)
    except (TypeError, ValueError):
        return False
