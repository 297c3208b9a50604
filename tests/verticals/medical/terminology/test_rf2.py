"""Reading release files: names, kinds, checks of each row, and refusals with file and line."""

import zipfile
from collections import Counter

import pytest

from tests.evaluation_data import data_set
from tests.verticals.medical.terminology.releases import (
    CONCEPTS,
    FEVER,
    PAIN,
    concept,
    file_name,
    file_write,
    relationship,
    snapshot_write,
)  # fmt: skip
from verticals.medical.terminology.problems import BrokenRelease
from verticals.medical.terminology.rf2_files import release_files
from verticals.medical.terminology.rf2_rows import file_rows, header_read, latest_rows


def of(files, content):
    return [file for file in files if file.content == content]


@pytest.fixture
def folder(tmp_path):
    return snapshot_write(tmp_path / "release")


def test_a_folder_and_its_archive_hold_the_same_rows(folder, tmp_path):
    path = tmp_path / "release.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for one in folder.iterdir():
            archive.write(one, f"Edition/Snapshot/{one.name}")
    read = [
        {
            (file.content, file.released): [row.cells for row in file_rows(file)]
            for file in release_files([where])
        }
        for where in (folder, path)
    ]
    assert read[0] == read[1] and len(read[0][("Concept", "20250101")]) == len(CONCEPTS)


def test_a_snapshot_is_taken_before_a_full_and_a_kind_can_be_asked_for(folder):
    snapshot_write(folder / "full", "Full")
    file_write(folder / "other", "Concept", [], "Delta")
    (folder / "readme.txt").write_text("not RF2")
    assert {file.kind for file in release_files([folder])} == {"Snapshot"}
    assert {file.kind for file in release_files([folder], kind="Full")} == {"Full"}
    assert [file.content for file in release_files([folder], kind="Delta")] == ["Concept"]


def test_of_a_full_the_latest_row_counts(tmp_path):
    folder = snapshot_write(tmp_path / "full", "Full")
    rows = [concept(PAIN), concept(PAIN, active=0, date="20260101"), concept(FEVER)]
    file_write(folder, "Concept", rows, "Full")
    found = latest_rows(of(release_files([folder]), "Concept"))
    assert [(row.cells[0], row.active) for row in found] == [(PAIN, False), (FEVER, True)]
    file_write(folder, "Concept", [*rows, concept(PAIN, active=1, date="20260101")], "Full")
    with pytest.raises(BrokenRelease, match=f"line 5: The id {PAIN} stands twice for 20260101"):
        list(latest_rows(of(release_files([folder]), "Concept")))


def test_of_an_edition_with_its_extension_the_latest_row_counts(folder, tmp_path):
    extension = tmp_path / "extension"
    later = [concept(FEVER, active=0, date="20260301"), concept("11000146104")]
    file_write(extension, "Concept", later, origin="NL")
    files = of(release_files([folder, extension]), "Concept")
    rows = {row.cells[0]: row for row in latest_rows(files)}
    assert len(rows) == len(CONCEPTS) + 1 and not rows[FEVER].active and rows[PAIN].active


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["1234567", "20250101", "1", "900000000000207008"], "4 cells where the header has 5"),
        (["12ab", "20250101", "1", "900000000000207008", "900000000000074008"], "no SNOMED CT id"),
        (["1234567", "2025", "1", "900000000000207008", "900000000000074008"], "effectiveTime"),
        (["1234567", "20250101", "2", "900000000000207008", "900000000000074008"], "effectiveTime"),
        (
            ["1234567", "20250101", "1", "900000000000207008", "primitive"],
            "definitionStatusId is 'primitive'",
        ),
        (concept(PAIN), f"{PAIN} stands twice"),
    ],
)
def test_a_bad_row_is_refused_with_its_file_and_line(folder, row, said):
    path = file_write(folder, "Concept", [concept(PAIN), concept(FEVER), row])
    with pytest.raises(BrokenRelease) as met:
        list(latest_rows(of(release_files([folder]), "Concept")))
    assert said in met.value.detail and met.value.detail.startswith(f"{path.name}, line 4: ")
    assert met.value.extra == {"file": path.name, "line": 4}


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"", 0, "empty"), (b"id\teffectiveTime\r\n", 1, "header"), (b"\xff\xfe", 1, "not UTF-8"),
        (b"id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\n" + b"1" * 1_100_000, 2, "no end"),
        (b"id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\n1\x00\n", 2, "NUL"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused(folder, content, line, said):
    path = folder / file_name("Concept", "Snapshot", "20250101")
    path.write_bytes(content)
    with pytest.raises(BrokenRelease, match=said) as met:
        list(file_rows(of(release_files([folder]), "Concept")[0]))
    assert met.value.extra == {"file": path.name, "line": line}


def test_a_partial_release_says_what_is_missing(folder, tmp_path):
    (folder / file_name("Relationship", "Snapshot", "20250101")).unlink()
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BrokenRelease, match="no Relationship file"):
        release_files([folder])
    with pytest.raises(BrokenRelease, match="no Delta there, only Snapshot"):
        release_files([folder], kind="Delta")
    with pytest.raises(BrokenRelease, match="no RF2 files"):
        release_files([empty])
    with pytest.raises(BrokenRelease, match="no file or folder"):
        release_files([tmp_path / "nowhere"])


def test_a_broken_archive_is_refused_with_its_name(tmp_path):
    path = tmp_path / "release.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(BrokenRelease, match="release.zip: It cannot be read as a zip"):
        release_files([path])


def test_a_number_where_a_relationship_names_a_concept_is_refused(folder):
    file_write(folder, "Relationship", [relationship(1000, FEVER, "#5")])
    with pytest.raises(BrokenRelease, match="line 2: destinationId is '#5'"):
        list(file_rows(of(release_files([folder]), "Relationship")[0]))


@pytest.mark.parametrize(
    ("part", "kind", "concepts", "active"),
    [
        ("snowstorm_main/RF2Release", "Snapshot", 103, 101), ("snowstorm_main/RF2Release", "Full", 102, 100),
        ("snowstorm_lite", "Snapshot", 25, 24),
    ],
)  # fmt: skip
def test_the_fictitious_releases_read_whole(part, kind, concepts, active):
    files = release_files([data_set("snomed_rf2_dummy") / part], kind=kind)
    rows = list(latest_rows(of(files, "Concept")))
    assert (len(rows), sum(row.active for row in rows)) == (concepts, active)
    counts = Counter(file.content for file in files for _ in file_rows(file))
    assert counts["Description"] > 15 and counts["Relationship"] > 15 and counts["Refset"] > 15
    assert all(header_read(file) for file in files)
