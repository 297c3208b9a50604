"""Files that no publisher would send: each is refused with its file and line, or read, and nothing remains of it."""

import random
import zipfile

import pytest
from django.db import connection

from tests.verticals.medical.terminology.releases import (
    CONCEPTS,
    ENGLISH,
    FEVER,
    FINDING,
    PAIN,
    ROOT,
    concept,
    description,
    file_name,
    file_write,
    member,
    relationship,
)  # fmt: skip
from tests.verticals.medical.terminology.tables import tables_left
from verticals.medical import models
from verticals.medical.models import State, TerminologyVersion
from verticals.medical.terminology import rf2_files
from verticals.medical.terminology.components import TERM_MAX_CHARS
from verticals.medical.terminology.partitions import TABLES
from verticals.medical.terminology.problems import BrokenRelease

pytestmark = pytest.mark.django_db
CONCEPT_FILE = file_name("Concept", "Snapshot", "20250101")
LONG = relationship(9000, PAIN, FINDING)
HAN = "".join(map(chr, range(0x4E00, 0x9F00)))
PAIRS = "".join(random.Random(3).choices(HAN, k=300_000))  # more words than a tsvector holds


def nothing_left():
    """No rows that anybody sees, and no tables of versions that are not in use."""
    assert not TerminologyVersion.objects.exclude(state=State.FAILED).exists()
    assert not any(tables_left(one) for one in TerminologyVersion.objects.all())
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] == 0, table


@pytest.mark.parametrize(
    ("content", "row", "said"),
    [
        ("Concept", [*concept("1234567"), "more"], "6 cells where the header has 5"),
        ("Concept", concept("1234567")[:2], "2 cells where the header has 5"),
        ("Description", description(9000, PAIN, "Ache\tagain"), "10 cells where the header has 9"),
        ("Description", description(9000, PAIN, "long " * 7000), f"at most {TERM_MAX_CHARS} are read"),
        ("Description", description(9000, PAIN, PAIRS), f"at most {TERM_MAX_CHARS} are read"),
        ("Relationship", [*LONG, ""], "11 cells where the header has 10"),
        ("Relationship", LONG[:9], "9 cells where the header has 10"),
        ("Relationship", relationship(9000, PAIN, PAIN), f"in a circle.*{PAIN} -> {PAIN}"),
        ("Relationship", relationship(9000, "２２２５３０００", PAIN), "no SNOMED CT id"),
        ("Relationship", relationship(9000, PAIN, FINDING, date="٢٠٢٥٠١٠١"), "effectiveTime"),
        ("Language", member(900, ENGLISH, "1000012"), "6 cells where the header has 7"),
        ("Language", member(900, ENGLISH, "1000012", "900000000000548007", "x"), "8 cells where the header"),
        ("Simple", ["1234567", *member(900, ENGLISH, PAIN)[1:]], "is no UUID"),
        ("Simple", member(900, ENGLISH, "1" * 41), "longer than 40"),
        ("SimpleMap", member(900, ENGLISH, PAIN, "R" * 201), "longer than 200"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_refused_with_its_file_and_line(load, folder, content, row, said):
    first = {"Relationship": relationship(8000, FINDING, ROOT), "Concept": concept(PAIN)}
    rows = [first[content], row] if content in first else [row]
    path = file_write(folder, content, rows)
    with pytest.raises(BrokenRelease, match=said) as met:
        load(folder)
    assert met.value.extra == {"file": path.name, "line": 1 + len(rows)}
    nothing_left()


HEADER = b"id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\r\n"
ROW = "\t".join(map(str, concept(PAIN))).encode() + b"\r\n"


@pytest.mark.parametrize(
    ("raw", "line", "said"),
    [
        (b"", 0, "empty"), (b"\xef\xbb\xbf", 0, "empty"), (b"\r\n\r\n", 0, "empty"), (HEADER, 0, "no active concept"),
        (HEADER + ROW + ROW.replace(b"1", b"\xe9", 1), 3, "not UTF-8"), (HEADER + ROW[:20] + b"\xe4\xbd", 2, "not UTF-8"),
        ((HEADER + ROW).decode().encode("utf-16"), 1, "not UTF-8"), (HEADER + b"\xef\xbb\xbf" + ROW, 2, "no SNOMED CT id"),
        (HEADER + ROW + b"1" * 10_000_000 + b"\r\n", 3, "no end"), (b"\t" * 10_000_000, 1, "no end"),
        (HEADER + ROW + ROW, 3, "stands twice"), ((HEADER + ROW).replace(b"\r\n", b"\r"), 1, "header"),
    ],
    ids=range(12),
)  # fmt: skip
def test_bytes_that_are_no_table_are_refused_with_their_line(load, folder, raw, line, said):
    (folder / CONCEPT_FILE).write_bytes(raw)
    with pytest.raises(BrokenRelease, match=said) as met:
        load(folder)
    assert met.value.extra == {"file": CONCEPT_FILE if said != "no active concept" else "", "line": line}
    nothing_left()


@pytest.mark.parametrize("change", [
    lambda raw: b"\xef\xbb\xbf" + raw, lambda raw: raw.replace(b"\r\n", b"\n"), lambda raw: raw.rstrip(b"\r\n"),
    lambda raw: raw.replace(b"20250101", b"20991231"),
], ids=["byte order mark", "LF", "no last end", "dates of 2099"])  # fmt: skip
def test_what_the_format_allows_is_read(load, folder, change):
    for path in folder.iterdir():
        path.write_bytes(change(path.read_bytes()))
    version = load(folder)
    assert models.Concept.objects.filter(version=version, active=True).count() == len(CONCEPTS)
    assert models.Description.objects.filter(version=version, term="Headache").count() == 1
    dates = set(models.Concept.objects.filter(version=version).values_list("effective", flat=True))
    assert len(dates) == 1 and dates <= {"20250101", "20991231"}


def test_a_long_term_is_read_whole_and_an_origin_of_any_length_is_cut_in_the_label(load, folder):
    name = HAN[:TERM_MAX_CHARS]
    file_write(folder, "Description", [description(9000, FEVER, name, language="zh")], origin="X" * 190)
    version = load(folder)
    assert models.Description.objects.get(version=version, language="zh").term == name
    assert version.label.startswith("20250101 INT, XXX") and len(version.label) == 200


def archived(folder, names="{}"):
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted(folder.iterdir()):
            archive.writestr(names.format(one.name), one.read_bytes())
    return path


def test_an_archive_is_read_in_its_place_whatever_its_names_say(load, folder, tmp_path):
    path = archived(folder, "../../../{}")
    before = sorted(tmp_path.parent.rglob("*"))
    assert load(path).stages["concepts"] == len(CONCEPTS)
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_refusal_names_the_file_as_the_archive_does(load, folder):
    file_write(folder, "Concept", [concept(PAIN), concept(PAIN)])
    with pytest.raises(BrokenRelease, match="stands twice") as met:
        load(archived(folder, "../{}"))
    assert met.value.extra == {"file": f"../{CONCEPT_FILE}", "line": 3}
    nothing_left()


def test_an_archive_that_unpacks_to_more_than_a_release_is_refused_unread(load, folder, monkeypatch):
    (folder / CONCEPT_FILE).write_bytes(HEADER + b"\n" * 3_000_000)
    path = archived(folder)
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(rf2_files, "SIZE_MAX_BYTES", 2_000_000)
    with pytest.raises(BrokenRelease, match="It would unpack to 30000") as met:
        load(path)
    assert met.value.extra["file"] == CONCEPT_FILE and not TerminologyVersion.objects.exists()


def test_an_archive_that_says_less_than_it_unpacks_to_is_refused(load, folder):
    (folder / CONCEPT_FILE).write_bytes(HEADER + ROW + b"\n" * 3_000_000)
    path = archived(folder)
    said = (len(HEADER + ROW) + 3_000_000).to_bytes(4, "little")
    raw = path.read_bytes()
    assert raw.count(said) == 2
    path.write_bytes(raw.replace(said, len(HEADER + ROW).to_bytes(4, "little")))
    with pytest.raises(BrokenRelease, match="cannot be read"):
        load(path)
    nothing_left()
