"""Draws a frame as PNG, in the process that reads hostile files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from collegium.sdk.parsing import ParseProblem, SourceFile
from verticals.medical.imaging.archive import member_open
from verticals.medical.imaging.dataset import ReadFile, file_read
from verticals.medical.imaging.pixels import colours, frame_values
from verticals.medical.imaging.window import Window, frame_attributes, grey_levels


def frame_image(
    read: ReadFile, index: int, window: Window | None = None, *, inverse: bool = False
) -> Image.Image:
    """Frame `index`, from 0, as it is looked at; colours have no window. Raises ParseProblem."""
    values = frame_values(read, index)
    if values.ndim == 3:
        levels = colours(values, read.dataset)
    else:
        levels = grey_levels(values, frame_attributes(read.dataset, index), window)
    return Image.fromarray(255 - levels if inverse else levels)


def frame_render(files: Sequence[SourceFile], options: Mapping[str, Any], out: Path) -> None:
    """Write a frame to `out`: `position` and `member` name its file, `frame` counts from 1; `centre` and
    `width` are the window, where one is asked for.
    """
    if not 0 <= int(options["position"]) < len(files):
        raise ParseProblem("dicom_no_frame", "There is no such image.")
    window = None
    if options.get("width") is not None:
        window = Window(float(options["centre"]), float(options["width"]))
    with member_open(files[int(options["position"])], str(options.get("member", ""))) as file:
        read = file_read(file.path, file.name)
        image = frame_image(read, int(options["frame"]) - 1, window, inverse=bool(options.get("inverse")))
        image.save(out, "PNG", compress_level=3)
