"""Walks the elements of a DICOM data set before anything is made of them (PS3.5, chapter 7).

Every length must lie within the file, so that no library is asked to hold what is merely declared; a file
that ends early, an unknown value representation or a nesting without end is named with its place.
"""

from struct import Struct

from collegium.sdk.parsing import ParseProblem

DEPTH_MAX = 32
ELEMENTS_MAX = 2_000_000
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
PIXELS = {0x7FE00008, 0x7FE00009, 0x7FE00010}
LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
SHORT = {
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL",
    b"SS", b"ST", b"TM", b"UI", b"UL", b"US",
}  # fmt: skip


def tag_text(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


class Structure:
    """Checks one data set that lies in `data` from `start` to its end.

    `name` is the file's, for messages. Raises ParseProblem: `dicom_truncated`, `dicom_bad_vr`,
    `dicom_too_deep`, `dicom_broken`.
    """

    def __init__(self, data: bytes, name: str, *, implicit: bool, little: bool = True) -> None:
        self._data = data
        self._name = name
        self._implicit = implicit
        order = "<" if little else ">"
        self._tag_length = Struct(f"{order}HHL").unpack_from
        self._tag_short = Struct(f"{order}HH2sH").unpack_from
        self._length = Struct(f"{order}L").unpack_from
        self._count = 0

    def check(self, start: int) -> None:
        end = len(self._data)
        at = start
        while at < end:
            if end - at < 8:
                # Some writers pad the end with zeros.
                if not any(self._data[at:]):
                    return
                raise self._truncated(0, at)
            at = self._element(at, end, 0, self._implicit)

    def _element(self, at: int, end: int, depth: int, implicit: bool) -> int:
        """Check the element at `at`; returns where the next one begins."""
        self._counted(at)
        tag, vr, length, value = self._header(at, end, implicit)
        if length == UNDEFINED:
            if tag in PIXELS and not implicit:
                return self._fragments(value, end, tag)
            # A UN of undefined length is an implicit sequence (PS3.5, 6.2.2).
            return self._items(value, end, depth + 1, implicit or vr == b"UN", tag, None)
        if length > end - value:
            raise self._truncated(tag, at)
        if vr == b"SQ":
            return self._items(value, value + length, depth + 1, implicit, tag, length)
        return value + length

    def _header(self, at: int, end: int, implicit: bool) -> tuple[int, bytes, int, int]:
        """Tag, value representation, length, and where the value begins."""
        if end - at < 8:
            raise self._truncated(0, at)
        group, element, vr, length = self._tag_short(self._data, at)
        tag = group << 16 | element
        if tag in (ITEM, ITEM_END, SEQUENCE_END):
            raise self._broken(tag, at)
        if implicit or not (vr.isalpha() and vr.isupper()):
            # Some writers go over to implicit representation inside sequences.
            if not implicit and self._tag_length(self._data, at)[2] > end - at - 8:
                raise self._bad_vr(tag, vr, at)
            return tag, b"", self._tag_length(self._data, at)[2], at + 8
        if vr in LONG:
            if end - at < 12:
                raise self._truncated(tag, at)
            return tag, vr, self._length(self._data, at + 8)[0], at + 12
        if vr not in SHORT:
            raise self._bad_vr(tag, vr, at)
        return tag, vr, length, at + 8

    def _items(self, at: int, end: int, depth: int, implicit: bool, tag: int, length: int | None) -> int:
        if depth > DEPTH_MAX:
            raise ParseProblem(
                "dicom_too_deep",
                "'%(name)s' nests sequences more than %(limit)s deep at %(tag)s. Export it anew.",
                name=self._name,
                limit=DEPTH_MAX,
                tag=tag_text(tag),
            )
        while at < end:
            self._counted(at)
            if end - at < 8:
                raise self._truncated(tag, at)
            group, element, size = self._tag_length(self._data, at)
            item = group << 16 | element
            at += 8
            if item == SEQUENCE_END and length is None:
                return at
            if item != ITEM:
                raise self._broken(tag, at - 8)
            if size != UNDEFINED and size > end - at:
                raise self._truncated(tag, at)
            at = self._item(at, end if size == UNDEFINED else at + size, depth, implicit, size, tag)
        if length is None:
            raise self._truncated(tag, at)
        return at

    def _item(self, at: int, end: int, depth: int, implicit: bool, size: int, tag: int) -> int:
        while at < end:
            if size == UNDEFINED and end - at >= 8:
                group, element, _ = self._tag_length(self._data, at)
                if group << 16 | element == ITEM_END:
                    return at + 8
            at = self._element(at, end, depth, implicit)
        if size == UNDEFINED:
            raise self._truncated(tag, at)
        return at

    def _fragments(self, at: int, end: int, tag: int) -> int:
        """Encapsulated pixels: items of bytes up to the end of the sequence (PS3.5, A.4)."""
        while at < end:
            self._counted(at)
            if end - at < 8:
                raise self._truncated(tag, at)
            group, element, size = self._tag_length(self._data, at)
            at += 8
            if group << 16 | element == SEQUENCE_END:
                return at
            if group << 16 | element != ITEM:
                raise self._broken(tag, at - 8)
            if size > end - at:
                raise self._truncated(tag, at)
            at += size
        raise self._truncated(tag, at)

    def _counted(self, at: int) -> None:
        self._count += 1
        if self._count > ELEMENTS_MAX:
            raise ParseProblem(
                "dicom_too_many_elements",
                "'%(name)s' holds more than %(limit)s elements. Export it anew, in parts.",
                name=self._name,
                limit=ELEMENTS_MAX,
            )

    def _truncated(self, tag: int, at: int) -> ParseProblem:
        return ParseProblem(
            "dicom_truncated",
            "'%(name)s' ends before what %(tag)s at byte %(at)s declares: it is cut off or declares a wrong "
            "size. Export it anew and upload that.",
            name=self._name,
            tag=tag_text(tag),
            at=at,
        )

    def _bad_vr(self, tag: int, vr: bytes, at: int) -> ParseProblem:
        return ParseProblem(
            "dicom_bad_vr",
            "'%(name)s' has an unknown value representation '%(vr)s' at %(tag)s, byte %(at)s. Export it anew "
            "and upload that.",
            name=self._name,
            vr=vr.decode("ascii", "backslashreplace"),
            tag=tag_text(tag),
            at=at,
        )

    def _broken(self, tag: int, at: int) -> ParseProblem:
        return ParseProblem(
            "dicom_broken",
            "'%(name)s' is no sequence of DICOM elements: %(tag)s stands at byte %(at)s. Export it anew and "
            "upload that.",
            name=self._name,
            tag=tag_text(tag),
            at=at,
        )
