"""How sure a measured share is."""

import math

Z_95 = 1.959964


def wilson_interval(found: int, total: int) -> tuple[float, float]:
    """The score interval of a share at 95 % (Wilson 1927, JASA 22:209); of nothing counted, 0 to 1."""
    if not total:
        return 0.0, 1.0
    share = found / total
    centre = (share + Z_95 * Z_95 / (2 * total)) / (1 + Z_95 * Z_95 / total)
    half = (
        Z_95
        / (1 + Z_95 * Z_95 / total)
        * math.sqrt(share * (1 - share) / total + Z_95 * Z_95 / (4 * total * total))
    )
    return max(0.0, centre - half), min(1.0, centre + half)
