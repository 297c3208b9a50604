"""What a file says of its patient, in texts that are linked to it: replaced there, and nothing else with it."""

import pytest

from tests.verticals.medical.imaging.made import dicom_make
from verticals.medical.deidentify.project import Project
from verticals.medical.imaging.known import identifiers_known, known_replaced, text_deidentify_known
from verticals.medical.imaging.profile import Options

PROJECT = Project("study", bytes(range(32)))


def cleaned(text: str, **elements) -> str:
    known = identifiers_known(dicom_make(**elements), PROJECT)
    return text_deidentify_known(text, project=PROJECT, group="", known=known).text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("7", "A nodule of 7 mm, earlier 5.7 mm, 7 of them, in segment 7."),
        ("7", "Patient: 7 mm nodule in the lobe."),
        ("7", "左肺上叶见7 mm结节，共7个。患者：7毫米结节。"),
        ("L4", "The body of L4 is lower than that of L5."),
        ("2.5", "A nodule of 2.5 cm, earlier 2.54 cm."),
        ("2019", "A nodule is known since 2019."),
        ("471", "The dose was 471 mGy cm."),
        ("4711", "A volume of 1.4711 units and of 4711.5 units."),
    ],
)
def test_a_short_number_of_a_patient_replaces_no_measurement(number, text):
    assert cleaned(text, PatientID=number).replace("[name]", "") == cleaned(text, PatientID="MRN-77120")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("7", "MRN 7, nodule of 7 mm."),
        ("7", "MRN: 7. A nodule of 7 mm."),
        ("7", "Patient ID 7: a nodule of 7 mm."),
        ("7", "Patient no. 7 has a nodule of 7 mm."),
        ("7", "Patient number is 7; a nodule of 7 mm."),
        ("7", "病历号7，结节7 mm。"),
        ("7", "患者编号：7，结节7 mm。"),
        ("a7", "Case number A7 has a nodule of 7 mm."),
        ("471", "id=471; a nodule of 7 mm."),
    ],
)
def test_a_short_number_is_replaced_after_its_label(number, text):
    clean = cleaned(text, PatientID=number)
    label = text[: text.casefold().index(number)]
    assert clean.startswith(f"{label}P-") and "7 mm" in clean


@pytest.mark.parametrize("number", ["4711", "77120", "MRN-4471", "A-71"])
def test_a_longer_number_is_replaced_wherever_it_stands(number):
    clean = cleaned(f"{number} was seen ({number}), {number.lower()}.", PatientID=number)
    assert number.casefold() not in clean.casefold() and clean.count("P-") == 3


def test_a_short_order_number_is_replaced_after_its_label_alone():
    clean = cleaned("Accession number: 12. A nodule of 12 mm.", AccessionNumber="12")
    assert "nodule of 12 mm" in clean and "number: 12" not in clean


def test_a_chinese_name_of_two_characters_needs_no_label():
    assert "张伟" not in cleaned("结节7 mm，张伟。", PatientName="张伟")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Yıldız^Deniz", "yildiz"),
        ("Yıldız^Deniz", "YILDIZ"),
        ("Yildiz^Deniz", "Yıldız"),
        ("Demir^İrina", "irina"),
        ("Demir^İrina", "İrina"),
        ("Demir^İrina", "I\u0307rina"),
        ("Demir^Irina", "İrina"),
        ("Strauß^Gesche", "STRAUSS"),
        ("Strauss^Gesche", "Strauß"),
        ("Müller^Gesche", "Mu\u0308ller"),
        ("Škvorecký^Gesche", "Skvorecky"),
    ],
)
def test_a_name_is_replaced_however_its_letters_are_written(name, written):
    known = identifiers_known(dicom_make(PatientName=name), PROJECT)
    clean = known_replaced(f"ﬁbrosis {written}, {written}; ¾ left", known)
    assert clean == "ﬁbrosis [name], [name]; ¾ left"


def test_a_name_is_no_part_of_a_longer_word():
    known = identifiers_known(dicom_make(PatientName="Brand^Gesche"), PROJECT)
    assert known_replaced("Brandenburg, rebrand", known) == "Brandenburg, rebrand"


@pytest.mark.parametrize(
    ("name", "text", "removed"),
    [
        ("Li^Na", "seen by li na", "seen by [name]"),
        ("Li^Na", "na-li and LINA and Na, Li and li^na", "[name] and [name] and [name] and [name]"),
        ("Li^Na^Mo", "Li Na Mo, na mo li, Li Na", "[name], [name], [name]"),
        ("Ng^Bo", "ng has pain", "[name] has pain"),
        ("Ng^Bo", "Patient: Ng", "Patient: [name]"),
        ("Ng^Bo", "Mr. Ng sat", "Mr. [name] sat"),
        ("Ng", "Mrs Ng sat", "Mrs [name] sat"),
        ("Zhang^Wei=张^伟", "检查张伟", "检查[name]"),
        ("Li Na", "seen by NA LI", "seen by [name]"),
        ("Li, Na", "seen by li na", "seen by [name]"),
        ("李", "李先生", "[name]先生"),
    ],
)
def test_a_short_name_is_replaced_whole_or_with_a_title(name, text, removed):
    assert cleaned(text, PatientName=name, SpecificCharacterSet="ISO_IR 192") == removed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Li^Na", "Na 140 mmol/l, Li 0.8 mmol/l, linar"),
        ("Ng^Bo", "a dose of 5 ng was given by NG tube"),
        ("An^Do", "do not give an oral dose"),
        ("A^B", "hepatitis A, B"),
        ("12^34", "12 34 and 12-34 and patient: 12"),
        ("高^明", "患者高热，明显好转"),
    ],
)
def test_a_short_part_of_a_name_alone_replaces_no_word(name, text):
    assert cleaned(text, PatientName=name) == cleaned(text, PatientName="Brandt^Oda")


def test_uids_stay_in_a_text_where_they_stay_in_the_images():
    known = identifiers_known(dicom_make(StudyInstanceUID="1.2.9"), PROJECT, Options(uids=True))
    clean = text_deidentify_known("Study UID: 1.2.9.", project=PROJECT, group="", known=known)
    assert clean.text == "Study UID: 1.2.9."
    assert "1.2.9." not in cleaned("Study UID: 1.2.9.", StudyInstanceUID="1.2.9")


def test_no_letter_of_any_script_stops_a_replacement():
    every = "".join(map(chr, range(0x20, 0xD800)))
    known = identifiers_known(dicom_make(PatientName="Yıldız^İrina"), PROJECT)
    assert known_replaced(f"{every} irina", known) == f"{every} [name]"


def test_long_texts_of_repeated_units_take_no_time():
    for unit in ("ID ", "MRN: ", "patient ", "7 ", "病历号", "no. ", "ID   "):
        assert cleaned(unit * (20_000 // len(unit)), PatientID="7")
    for unit in ("li ", "li, ", "mr li ", "patient  ", "name is ", "li na ", "   "):
        cleaned(unit * (20_000 // len(unit)), PatientName="Li^Na^Mo")
