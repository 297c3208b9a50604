"""Pictures of bodies that never were: ellipses with the densities of tissues."""

import numpy as np
import numpy.typing as npt

AIR, LUNG, FAT, TISSUE, BONE, NODULE = -1000, -820, -90, 45, 700, 60  # Hounsfield units
SEED = 20250117


def ellipse(size: int, x: float, y: float, width: float, height: float) -> npt.NDArray[np.bool_]:
    """Pixels inside an ellipse; place and half axes in shares of the image."""
    rows, columns = np.mgrid[0:size, 0:size] / size
    return ((columns - x) / width) ** 2 + ((rows - y) / height) ** 2 <= 1


def chest_slice(place: float, size: int = 256) -> npt.NDArray[np.int16]:
    """A slice through a chest in Hounsfield units, from 0 (apex) to 1 (base); the nodule is at 0.5."""
    wide = 0.75 + 0.25 * np.sin(np.pi * min(max(place, 0.15), 0.85))
    image = np.full((size, size), AIR, dtype=np.float32)
    image[ellipse(size, 0.5, 0.52, 0.44 * wide, 0.34 * wide)] = FAT
    image[ellipse(size, 0.5, 0.52, 0.41 * wide, 0.31 * wide)] = TISSUE
    for side in (-1, 1):
        image[ellipse(size, 0.5 + side * 0.2 * wide, 0.5, 0.14 * wide, 0.22 * wide)] = LUNG
        for angle in np.linspace(0.5, 2.6, 5):
            x, y = 0.5 + side * 0.39 * wide * np.sin(angle), 0.52 - 0.29 * wide * np.cos(angle)
            image[ellipse(size, x, y, 0.02, 0.012)] = BONE
    image[ellipse(size, 0.53, 0.47, 0.1 * place + 0.02, 0.11 * place + 0.02)] = TISSUE
    image[ellipse(size, 0.5, 0.74, 0.05, 0.045)] = BONE
    radius = 0.018 * max(0.0, 1 - abs(place - 0.5) * 8)
    if radius > 0:
        image[ellipse(size, 0.71, 0.42, radius, radius)] = NODULE
    noise = np.random.default_rng(SEED + int(place * 1000)).normal(0, 12, image.shape)
    return np.clip(image + noise, -1024, 3071).astype(np.int16)


def chest_radiograph(size: int = 384) -> npt.NDArray[np.uint16]:
    """A projection through all slices, 12 bits, dark where much is absorbed (MONOCHROME1)."""
    depth = np.zeros((size, size), dtype=np.float32)
    for row in range(size):
        slab = chest_slice(row / size, 96).astype(np.float32)
        absorbed = np.clip(slab + 1000, 0, None).mean(axis=0)
        depth[row] = np.interp(np.linspace(0, 95, size), np.arange(96), absorbed)
    return (depth / depth.max() * 4095).astype(np.uint16)
