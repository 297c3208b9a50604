"""De-identification of data sets: what was planted is gone, what an image needs stays, and each change is told."""

from datetime import date, timedelta

import numpy as np
import pytest
from pydicom import config
from pydicom.datadict import DicomDictionary, dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.sr import codes
from pydicom.uid import ExplicitVRBigEndian, RLELossless

from collegium.sdk.parsing import ParseProblem
from tests.evaluation_data import data_set
from tests.verticals.medical.imaging.made import ROOT, STUDY, dicom_bytes, dicom_make, ramp
from verticals.medical.deidentify.project import Project
from verticals.medical.imaging.dataset import file_read
from verticals.medical.imaging.deidentify import dataset_deidentify
from verticals.medical.imaging.profile import Options, rule_of, table, technical_texts
from verticals.medical.imaging.pseudonyms import date_moved
from verticals.medical.imaging.quarantine import quarantine_reason
from verticals.medical.imaging.report import study_metadata

SECRET = bytes(range(32))
PLANTED = "Plantedname"
# A planted value for each representation that holds text, in the form that the representation allows.
FORMS = {
    "AE": "PLANTEDNAME", "CS": "PLANTEDNAME", "LO": "Plantedname Oda", "LT": "Seen by Plantedname",
    "PN": "Plantedname^Oda", "SH": "Plantedname", "ST": "Plantedname", "UC": "Plantedname",
    "UR": "https://plantedname.example/", "UT": "Plantedname, ward 3",
    "DA": "19470923", "DT": "19470923101112", "TM": "101112.47", "AS": "077Y", "UI": f"{ROOT}.19470923",
    "OB": b"Plantedname.", "UN": b"Plantedname.",
}  # fmt: skip
SIGNS = (b"plantedname", b"19470923", f"{ROOT}.19470923".encode())
# What an image cannot be without, or what stands for the profile itself.
NOT_PLANTED = {
    "SOPClassUID", "TransferSyntaxUID", "PhotometricInterpretation", "SpecificCharacterSet", "PixelData",
    "BurnedInAnnotation", "EncapsulatedPixelDataValueTotalLength",
}  # fmt: skip

NOT_IN_DICTIONARY = {one for one in technical_texts() if tag_for_keyword(one) is None}


def deidentified(made, project: str = "study", **options):
    return dataset_deidentify(made, project=Project(project, SECRET), options=Options(**options))


def planted_everywhere() -> Dataset:
    """A data set with a planted value in each attribute of the dictionary that holds text."""
    item = Dataset()
    for tag, (vr, _multiplicity, _name, _retired, keyword) in DicomDictionary.items():
        kind = vr.split(" or ")[0]
        group = tag >> 16
        if (
            group in (0x0000, 0x0002, 0x0004, 0xFFFE)
            or kind not in FORMS
            or keyword in NOT_PLANTED
            or not keyword
        ):
            continue
        if tag in (0x00280002, 0x7FE00010) or group == 0x7FE0 or (kind == "OB" and not rule_of(tag)):
            continue
        item.add(DataElement(tag, kind, FORMS[kind]))
    return item


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_nothing_planted_in_any_attribute_of_any_text_representation_is_left(depth, tmp_path):
    made = dicom_make(ramp())
    planted = planted_everywhere()
    assert len(planted) > 1500 and {one.VR for one in planted} >= set(FORMS) - {"UN"}
    if depth == 0:
        made.update(planted)
    else:
        for _ in range(depth):
            outer = Dataset()
            outer.AnatomicRegionSequence = Sequence(
                [planted]
            )  # the table does not name it: it is looked into
            planted = outer
        made.update(planted)
    clean, changes = deidentified(made)
    raw = dicom_bytes(clean).lower()
    assert not [sign for sign in SIGNS if sign in raw]
    assert len(changes) > 1500
    assert all(PLANTED.lower() not in repr(one).lower() for one in changes)


def planted(number: int, form: int) -> str:
    """A value that tells of somebody, another for each number, of at most 16 characters."""
    letters = "".join("abcdefghij"[int(one)] for one in f"{number:04}")
    forms = (
        f"Dr Planted{letters}",
        f"555-201-{number:04}",
        f"p{number}@example.org",
        (date(1930, 1, 1) + timedelta(days=number)).isoformat(),
        f"MRN {4471000 + number}",
    )
    return forms[form % len(forms)]


def planted_apart(form: int) -> tuple[Dataset, set[str]]:
    """A data set in which each attribute that holds text has an identifier of its own, and all of them."""
    item, signs = planted_everywhere(), set()
    for number, element in enumerate(item):
        value = planted(number, form + number)
        if element.VR in {"LO", "LT", "SH", "ST", "UC", "UT"}:
            element.value = value
        elif element.VR in {"AE", "CS", "PN"}:
            element.value = value = planted(number, 0)[3:].upper()
        elif element.VR in {"OB", "UN"}:
            element.value = value.encode().ljust(20, b".")
        else:
            continue
        signs.add(value.lower())
    return item, signs


@pytest.mark.parametrize("depth", [0, 2])
@pytest.mark.parametrize("form", range(5))
def test_no_identifier_is_left_where_each_attribute_has_another_one(form, depth):
    planted_set, signs = planted_apart(form)
    assert len(signs) > 1000
    assert technical_texts() - {one.keyword for one in planted_set} <= NOT_IN_DICTIONARY
    made = dicom_make(ramp(), PatientName="Brandt^Oda")
    block = made.private_block(0x0011, "Dr Plantedprivate", create=True)
    block.add_new(0x01, "LO", "555-333-1234")
    for _ in range(depth):
        outer = Dataset()
        outer.AnatomicRegionSequence = Sequence([planted_set])
        planted_set = outer
    made.update(planted_set)
    clean, changes = deidentified(made)
    raw = dicom_bytes(clean).lower()
    left = [sign for sign in {*signs, "plantedprivate", "555-333-1234"} if sign.encode() in raw]
    assert not left
    assert "identifier" in {one.why for one in changes}


@pytest.mark.parametrize("form", range(5))
def test_each_technical_text_loses_each_kind_of_identifier(form):
    for number, keyword in enumerate(sorted(technical_texts() - NOT_IN_DICTIONARY)):
        value = planted(number, form)
        made = dicom_make()
        made.add(DataElement(keyword, dictionary_VR(keyword), value, validation_mode=config.IGNORE))
        clean, changes = deidentified(made)
        assert not clean[keyword].value, (keyword, value)
        assert [one.action for one in changes if one.keyword == keyword] == ["emptied"]


def test_an_identifier_among_the_words_of_a_maker_is_found():
    for value in (
        "Dr Anna Keller tel 555-201-7788", "Siemens Anna Keller", "FC30 Keller", "HEAD_KELLER", "Dr_Keller",
        "44718822", "GE, call 020 7946 0123", "联影 李娜医生", "Philips, Dr. Varian", "HEAD 5.0 born 12 March 1947",
        ["B30f", "a.keller@example.org"],
    ):  # fmt: skip
        clean, _ = deidentified(dicom_make(Manufacturer="GE", ConvolutionKernel=value))
        assert not clean.ConvolutionKernel, value
        assert clean.Manufacturer == "GE"


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("Manufacturer", "Philips Medical Systems|SIEMENS|Siemens Healthineers|GE MEDICAL SYSTEMS|TOSHIBA_MEC"
            "|Canon Medical Systems|CARESTREAM|Carestream Health|Agfa HealthCare|FUJIFILM Corporation|UIH"
            "|KONICA MINOLTA|Varian Medical Systems|HOLOGIC, Inc.|Hitachi Medical Corporation|Esaote|Lorad"
            "|ELEKTA Inc.|Ziehm Imaging GmbH|SAMSUNG MEDISON CO., LTD.|Neusoft Medical Systems|联影"
            "|上海联影医疗科技股份有限公司|东软医疗系统股份有限公司|深圳迈瑞生物医疗电子股份有限公司"),
        ("ManufacturerModelName", "SOMATOM Definition AS+|SOMATOM Force|Biograph64_mCT|MAGNETOM Vida|Prisma_fit"
            "|Discovery CT750 HD|SIGNA EXCITE|Signa HDxt|LightSpeed Pro 32|Brilliance 64|Ingenia Ambition X"
            "|Achieva|Achieva dStream|Aquilion ONE|Vantage Titan|uMR 780|uMI Vista|Lunar iDXA|Ysio Max"
            "|Senographe Pristina|Selenia Dimensions|Mammomat Inspiration|Allura Xper|Artis zee|Varian OBI"
            "|Symbia Intevo|Infinia Hawkeye 4|PCR Eleva|DRX-Evolution|LOGIQ E9|HDI 5000|Aplio 500|EPIQ 7C"
            "|NeuViz 16|ECHELON Smart|TrueBeam|Clinac iX|MAGNETOM Amira|e.cam|ADC Compact"),
        ("SoftwareVersions", "syngo MR E11|syngo CT VA48A|VB10A|gmp_vct.42|coreload.44|1.6.2.2|5.6.1.1"
            "|LX MR Software release:11.X M4 0500.b|3.5.8.20190612|20191015|2019.3.1|01.02.03|10.1.7|V4.81"
            "|Build 5.1.0.17|MIMvista 4.0|R5.3.0|TM_MR_DCM_V2.0"),
        ("ConvolutionKernel", "FC30|FC08-H|B30f|Bv38s|STANDARD|BONEPLUS|Lung enhanced|YA|Qr40"),
        ("SequenceName", "epfid2d1_64|*fl3d1_ns|*tse2d1_15|ep_b1000#0|*ep_b0|svs_se"),
        ("PulseSequenceName", "FSE-XL|MPRAGE|FLAIR_longTR|T2W_TSE|3D FSPGR|efgre3d"),
        ("ReceiveCoilName", "HEAD 5.0|HeadNeck 20|C-GE_HEAD 32|SENSE-XL-Torso|BO1,2;SP2-4|HE1-4;NE1,2|Q-Body"),
        ("FilterType", "WEDGE_2|LARGE BODY|BODY FILTER|Bowtie|0.1mm Cu"),
        ("CollimatorGridName", "LEHR|LEHR-PAR|MEGP|PINHOLE"),
        ("GridAbsorbingMaterial", "Pb|Lead|Aluminium|Carbon fibre"),
        ("Radiopharmaceutical", "Fluorodeoxyglucose F18|F-18 Fluorodeoxyglucose|Ga-68 DOTATATE|Tl-201"
            "|Technetium Tc99m medronate|Tc-99m Sestamibi|Rubidium Rb82|氟代脱氧葡萄糖"),
        ("PositionReferenceIndicator", "XY|OM|SN|Sternal notch|Iliac crest|Symphysis pubis"),
        ("RescaleType", "HU|US|OD|mAs"),
        ("WindowCenterWidthExplanation", "WINDOW1|BONE|SOFT TISSUE|Mediastinum|ALGO1"),
        ("CodeValue", "T-28000|113100|R-102CD|RID1301|C25322|24627-2|J18.9|260686004|mm|cm2|{ratio}"),
        ("CodingSchemeDesignator", "SCT|99GEMS|99_OFFIS_DCMTK|ICD10CM|NCIt|RADLEX|ISO3166_1"),
        ("CodingSchemeVersion", "01|20121127|1.0"),
        ("LongCodeValue", "621566751000087104|urn:oid:2.16.840.1.113883.6.96"),
    ],
)  # fmt: skip
def test_ordinary_technical_texts_stay(keyword, values):
    for value in values.split("|"):
        made = dicom_make(**{keyword: value}, SpecificCharacterSet="ISO_IR 192")
        clean, _ = deidentified(made)
        assert clean[keyword].value == value


def test_a_number_of_a_person_is_no_coded_term():
    clean, _ = deidentified(
        dicom_make(BodyPartExamined="44718822", ImageType=["DERIVED", "PRIMARY", "AXIAL"])
    )
    assert not clean.BodyPartExamined and clean.ImageType == ["DERIVED", "PRIMARY", "AXIAL"]
    assert deidentified(dicom_make(LossyImageCompressionMethod="ISO_10918_1"))[0].LossyImageCompressionMethod


@pytest.mark.parametrize("value", ["LI WEI", "WEI_LI", "LI", "CHEST LI"])
def test_a_short_name_of_the_patient_is_no_coded_term(value):
    made = dicom_make(PatientName="Li^Wei", BodyPartExamined=value, ImageType=["DERIVED", "PRIMARY", "MIP"])
    clean, changes = deidentified(made)
    assert not clean.BodyPartExamined and clean.ImageType == ["DERIVED", "PRIMARY", "MIP"]
    assert ("BodyPartExamined", "copy") in {(one.keyword, one.why) for one in changes}


def test_a_short_name_of_the_patient_is_no_metadata_of_a_study():
    named = study_metadata(dicom_make(PatientName="Li^Wei", BodyPartExamined="LI WEI"))
    assert "body_part" not in named and named["modality"] == "CT"
    assert study_metadata(dicom_make(PatientName="Brandt^Oda", BodyPartExamined="HIP"))["body_part"] == "HIP"


@pytest.mark.parametrize("name", ["CT^Test", "No^Mip", "Mr^Us"])
def test_a_name_that_is_a_term_empties_no_code(name):
    clean, _ = deidentified(dicom_make(PatientName=name, ImageType=["DERIVED", "PRIMARY", "MIP"]))
    assert clean.Modality == "CT" and clean.ImageType[2] == "MIP" and clean.BurnedInAnnotation == "NO"


def test_a_short_name_in_a_technical_text_is_a_copy():
    clean, _ = deidentified(dicom_make(PatientName="Li^Na", ManufacturerModelName="LINA 3"))
    assert not clean.get("ManufacturerModelName")
    assert deidentified(dicom_make(PatientName="Li^Na", ManufacturerModelName="Linac 3"))[
        0
    ].ManufacturerModelName


def test_a_date_of_the_data_set_is_no_version():
    made = {"SoftwareVersions": "19970923", "StudyDate": "20240312"}
    assert deidentified(dicom_make(**made))[0].SoftwareVersions == "19970923"
    assert not deidentified(dicom_make(**made, PatientBirthDate="19970923"))[0].SoftwareVersions


def test_every_code_of_the_standard_s_lists_stays():
    items, wanted = [], [(scheme, code) for scheme in ("SCT", "DCM", "UCUM") for code in coded(scheme)]
    for scheme, code in wanted:
        item = Dataset()
        item.CodingSchemeDesignator = scheme
        setattr(item, "CodeValue" if len(code) <= 16 else "LongCodeValue", code)
        items.append(item)
    assert len(wanted) > 10_000
    clean, _ = deidentified(dicom_make(AnatomicRegionSequence=Sequence(items)))
    left = [
        (one.CodingSchemeDesignator, one.get("CodeValue") or one.get("LongCodeValue"))
        for one in clean.AnatomicRegionSequence
    ]
    assert left == wanted


def coded(scheme: str) -> list[str]:
    known = getattr(codes, scheme)
    return [getattr(known, name).value for name in known.dir()]


@pytest.mark.parametrize(
    ("option", "keyword", "kept", "gone"),
    [
        ("institution", "InstitutionName", "St Mary's Hospital", "Dr Anna Keller, tel 555-201-7788"),
        ("institution", "InstitutionAddress", "12 Hill Street, Boston", "12 Hill Street, tel 555-201-7788"),
        ("device_identity", "StationName", "CT-3", "Dr Keller"),
        ("device_identity", "DeviceSerialNumber", "SN-99812", "a.keller@example.org"),
    ],
)
def test_a_text_kept_by_choice_tells_of_no_person(option, keyword, kept, gone):
    assert deidentified(dicom_make(**{keyword: kept}), **{option: True})[0][keyword].value == kept
    clean, changes = deidentified(dicom_make(**{keyword: gone}), **{option: True})
    assert not clean[keyword].value and "identifier" in {one.why for one in changes}


def test_private_elements_meta_information_and_the_preamble_are_emptied():
    made = dicom_make(ramp())
    block = made.private_block(0x0011, "Plantedname Corp", create=True)
    block.add_new(0x01, "LO", "Plantedname")
    inner = Dataset()
    inner.add_new(0x00331010, "UN", b"Plantedname.")
    block.add_new(0x02, "SQ", Sequence([inner]))
    made.add_new(0x00091001, "UN", b"Plantedname.")
    made.file_meta.SourceApplicationEntityTitle = "PLANTEDNAME"
    made.file_meta.PrivateInformationCreatorUID = f"{ROOT}.19470923"
    made.file_meta.PrivateInformation = b"Plantedname."
    made.file_meta.ImplementationVersionName = "PLANTEDNAME"
    made.preamble = b"Plantedname".ljust(128, b"\0")
    nested = Dataset()
    nested.add_new(0x00191001, "LO", "Plantedname")
    made.AnatomicRegionSequence = Sequence([nested])
    clean, changes = deidentified(made)
    assert b"plantedname" not in dicom_bytes(clean).lower()
    assert b"19470923" not in dicom_bytes(clean)
    assert {"private", "meta"} <= {one.why for one in changes}
    assert any(one.path.startswith("AnatomicRegionSequence[0].") for one in changes)


def test_a_copy_of_a_name_in_a_kept_value_is_emptied():
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "BRANDT", "99LOCAL", "Brandt's chest"
    made = dicom_make(
        ramp(), ManufacturerModelName="Scanner of Oda Brandt", AnatomicRegionSequence=Sequence([item])
    )
    clean, changes = deidentified(made)
    assert clean.ManufacturerModelName == ""
    assert b"brandt" not in dicom_bytes(clean).lower()
    assert "copy" in {one.why for one in changes}


def test_a_copy_of_a_chinese_name_is_found_though_it_is_short():
    made = dicom_make(
        ramp(), PatientName="张伟", ManufacturerModelName="张伟的设备", SpecificCharacterSet="ISO_IR 192"
    )
    clean, _ = deidentified(made)
    assert clean.ManufacturerModelName == "" and "张伟".encode() not in dicom_bytes(clean)


def test_the_image_is_the_same_and_the_file_says_what_was_done(tmp_path):
    made = dicom_make(ramp(), RescaleSlope=2, RescaleIntercept=-10, BodyPartExamined="CHEST")
    pixels = made.PixelData
    clean, _ = deidentified(made, modified_dates=True, descriptors=True)
    path = tmp_path / "clean.dcm"
    path.write_bytes(dicom_bytes(clean))
    read = file_read(path, "clean.dcm").dataset
    assert read.PixelData == pixels and read.RescaleSlope == 2 and read.BodyPartExamined == "CHEST"
    assert read.PatientIdentityRemoved == "YES"
    assert [one.CodeValue for one in read.DeidentificationMethodCodeSequence] == [
        "113100",
        "113107",
        "113105",
    ]
    assert read.LongitudinalTemporalInformationModified == "MODIFIED"
    assert read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID


def overlaid(values, *, below: int = 0, **elements):
    """An image of 12 of 16 bits, with an overlay in one of the others, and its pixels without that."""
    signed = values.dtype.kind == "i"
    stored = (values.astype("uint16") & 0x0FFF) << below
    drawn = np.zeros(values.shape, "uint16")
    drawn[2:5, 3:9] = 1 << (0 if below else 12)
    made = dicom_make((stored | drawn).astype("uint16"), BitsStored=12, HighBit=11 + below, **elements)
    made.PixelRepresentation = int(signed)
    made.add_new(0x60000010, "US", 16)
    made.add_new(0x60000011, "US", 16)
    made.add_new(0x60000040, "CS", "G")
    made.add_new(0x60000050, "SS", [1, 1])
    made.add_new(0x60000100, "US", 16)
    made.add_new(0x60000102, "US", 0 if below else 12)
    return made, stored


@pytest.mark.parametrize("below", [0, 4])
def test_an_overlay_in_unused_bits_of_the_pixels_is_cleared(below):
    made, stored = overlaid(ramp(0, 4095, dtype="uint16"), below=below)
    clean, changes = deidentified(made)
    assert clean.PixelData == stored.tobytes() and 0x60000102 not in clean
    assert ("PixelData", "cleaned", "overlay") in [(one.path, one.action, one.why) for one in changes]


def test_above_a_signed_value_its_sign_is_repeated_and_a_clean_image_stays():
    values = ramp(-2000, 2000)
    made, _ = overlaid(values)
    assert deidentified(made)[0].PixelData == values.tobytes()
    for same in (values, values & 0x0FFF):
        made = dicom_make(same, BitsStored=12, HighBit=11)
        clean, changes = deidentified(made)
        assert clean.PixelData == same.tobytes() and "PixelData" not in [one.path for one in changes]


def test_of_pixels_in_the_other_order_of_bytes_the_same_bits_are_cleared():
    made, stored = overlaid(ramp(0, 4095, dtype="uint16"), syntax=ExplicitVRBigEndian)
    made["PixelData"].value = np.frombuffer(made.PixelData, "<u2").astype(">u2").tobytes()
    assert deidentified(made)[0].PixelData == stored.astype(">u2").tobytes()


def test_an_overlay_in_compressed_pixels_holds_the_file_back():
    made, _ = overlaid(ramp(0, 4095, dtype="uint16"))
    made.compress(RLELossless)
    with pytest.raises(ParseProblem) as held:
        deidentified(made)
    assert held.value.code == "overlay_in_pixels"
    apart, _ = overlaid(ramp(0, 4095, dtype="uint16"))
    apart.add_new(0x60003000, "OW", bytes(32))
    apart[0x60000102].value = 0
    apart.compress(RLELossless)
    assert deidentified(apart)[0].file_meta.TransferSyntaxUID == RLELossless


def test_uids_patients_and_orders_are_the_same_within_a_project_and_others_elsewhere():
    first, second = deidentified(dicom_make(number=1))[0], deidentified(dicom_make(number=2))[0]
    elsewhere = deidentified(dicom_make(number=1), project="another")[0]
    for name in ("StudyInstanceUID", "SeriesInstanceUID", "PatientID", "AccessionNumber"):
        assert first[name].value == second[name].value != elsewhere[name].value
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.StudyInstanceUID.startswith("2.25.") and len(first.StudyInstanceUID) <= 64
    assert first.StudyInstanceUID != STUDY and first.PatientID.startswith("P-")


def test_references_between_files_still_hold():
    item = Dataset()
    item.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    item.ReferencedSOPInstanceUID = f"{STUDY}.2.7"
    pointing = deidentified(dicom_make(number=1, ReferencedImageSequence=Sequence([item])))[0]
    pointed = deidentified(dicom_make(number=7))[0]
    assert pointing.ReferencedImageSequence[0].ReferencedSOPInstanceUID == pointed.SOPInstanceUID
    assert pointing.ReferencedImageSequence[0].ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.2"


def test_moved_dates_keep_their_intervals_and_times():
    made = dicom_make(
        StudyDate="20240228",
        SeriesDate="20240302",
        AcquisitionDateTime="20240302101500.5+0100",
        StudyTime="101500",
    )
    clean, _ = deidentified(made, modified_dates=True)
    days = Project("study", SECRET).shift_days("mrn-4471")
    assert days != 0 and abs(days) <= 365
    assert clean.StudyDate == date_moved("20240228", days) != "20240228"
    assert clean.SeriesDate == date_moved("20240302", days)
    assert clean.AcquisitionDateTime == date_moved("20240302101500.5+0100", days)
    assert clean.AcquisitionDateTime.endswith("101500.5+0100") and clean.StudyTime == "101500"


@pytest.mark.parametrize(
    ("option", "kept"),
    [
        ("uids", {"StudyInstanceUID": STUDY}),
        ("full_dates", {"StudyDate": "20240312"}),
        ("patient_characteristics", {"PatientSex": "F", "PatientAge": "077Y", "PatientWeight": 61}),
        ("device_identity", {"DeviceSerialNumber": "SN-99812", "StationName": "CT-3"}),
        ("institution", {"InstitutionName": "Harbour Hospital"}),
        ("descriptors", {"SeriesDescription": "Thin slices"}),
    ],
)
def test_an_option_keeps_what_it_names_and_without_it_that_goes(option, kept):
    elements = {
        "StudyDate": "20240312", "PatientSex": "F", "PatientAge": "077Y", "PatientWeight": 61,
        "DeviceSerialNumber": "SN-99812", "StationName": "CT-3", "InstitutionName": "Harbour Hospital",
        "SeriesDescription": "Thin slices",
    }  # fmt: skip
    with_it = deidentified(dicom_make(**elements), **{option: True})[0]
    without = deidentified(dicom_make(**elements))[0]
    for name, value in kept.items():
        assert with_it.get(name) == value, name
        assert without.get(name) != value, name


@pytest.mark.parametrize(
    ("age", "kept"),
    [("094Y", "090Y"), ("117Y", "090Y"), ("090Y", "090Y"), ("089Y", "089Y"), ("999W", "999W")],
)
def test_an_age_over_89_years_is_told_as_one_group(age, kept):
    clean, changes = deidentified(dicom_make(PatientAge=age), patient_characteristics=True)
    assert clean.PatientAge == kept
    told = [(one.path, one.action, one.why) for one in changes if one.keyword == "PatientAge"]
    assert told == ([("PatientAge", "replaced", "age")] if age != kept else [])


def test_kept_descriptions_lose_the_names_and_dates_in_them():
    made = dicom_make(
        SeriesDescription="Thin slices, phone 555-201-7788", StudyDescription="Seen by Dr. Anna Keller"
    )
    clean, _ = deidentified(made, descriptors=True)
    assert "7788" not in clean.SeriesDescription and clean.SeriesDescription.startswith("Thin slices")
    assert "Keller" not in clean.StudyDescription


def test_safe_private_numbers_stay_only_where_asked_for_and_only_as_numbers():
    def made():
        one = dicom_make()
        block = one.private_block(0x0019, "SIEMENS MR HEADER", create=True)
        block.add_new(0x0C, "IS", "800")
        block.add_new(0x0D, "LO", "Plantedname")
        return one

    kept = deidentified(made(), safe_private=True)[0]
    assert kept[0x0019100C].value == 800 and 0x0019100D not in kept
    assert not [one for one in deidentified(made())[0] if one.tag.is_private]


def test_the_table_has_an_action_for_every_row_under_every_choice():
    assert len(table()) >= 615
    for rule in table().values():
        for options in (Options(), Options(modified_dates=True, full_dates=True), Options(descriptors=True)):
            assert rule.settled(options) in set("KCUDZX")
    assert rule_of(0x60023000).keyword == "OverlayData" and rule_of(0x50100010).keyword == "CurveData"


def test_a_file_that_does_not_say_what_it_is_does_not_leave():
    with pytest.raises(ParseProblem, match="no SOP class"):
        deidentified(dicom_make(SOPClassUID=None))


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"BurnedInAnnotation": "YES"}, "burned_in"),
        ({"BurnedInAnnotation": None}, "burned_in_unknown"),
        ({"Modality": "US"}, "risky_kind"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "risky_kind"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.4"}, "risky_kind"),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "screenshot"),
        ({"ConversionType": "WSD"}, "screenshot"),
        ({"RecognizableVisualFeatures": "YES"}, "recognisable"),
        ({"EncapsulatedDocument": b"%PDF"}, "document"),
        ({}, ""),
    ],
)
def test_what_may_show_a_name_in_its_pixels_is_held_back(elements, reason):
    assert quarantine_reason(dicom_make(ramp(), **elements)) == reason


def test_the_burned_in_files_of_the_set_are_held_back_and_no_name_of_the_set_is_left():
    folder = data_set("dicom")
    for path in sorted((folder / "burned_in").glob("*.dcm")):
        assert quarantine_reason(file_read(path, path.name).dataset)
    done = 0
    for path in sorted(folder.rglob("*.dcm")):
        try:
            made = file_read(path, path.name).dataset
            names = {part.casefold() for name in ("PatientName", "PatientID", "ReferringPhysicianName", "InstitutionName", "AccessionNumber")
                     for part in str(made.get(name) or "").replace("^", " ").split() if len(part) >= 5}  # fmt: skip
            uids = {
                str(made[name].value) for name in ("StudyInstanceUID", "SOPInstanceUID") if made.get(name)
            }
            clean, changes = deidentified(made)
        except ParseProblem:
            continue
        del clean[0x7FE00010:0x7FE00011]
        raw = dicom_bytes(clean)
        assert not [one for one in names if one.encode() in raw.lower()], path.name
        assert not [one for one in uids if one.encode() in raw], path.name
        assert changes
        done += 1
    assert done >= 38
