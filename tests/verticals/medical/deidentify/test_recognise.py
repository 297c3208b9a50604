"""Identifiers are found by form, check digit, label or context, and clinical figures are left alone."""

import pytest

from tests.verticals.medical.deidentify.found import found
from verticals.medical.deidentify.recognise import TextUnreadable, identifiers_find


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Write to a.b+c@ward-3.example.org.", "email", "a.b+c@ward-3.example.org"),
        ("See https://example.org/r?id=7, then ring.", "url", "https://example.org/r?id=7"),
        ("Login from 10.2.33.4 failed.", "ip", "10.2.33.4"),
        ("登录地址2001:db8::7334，", "ip", "2001:db8::7334"),
        ("MRN: 4471920", "record", "4471920"),
        ("病案号：ZY20871", "record", "ZY20871"),
        ("起搏器序列号RNT4471K2，", "device", "RNT4471K2"),
        ("policy no. HX123456789", "insurance", "HX123456789"),
        ("开户账号：123456789012", "account", "123456789012"),
        ("身份证号：11010519491231002X。", "resident", "11010519491231002X"),
        ("编码11010519491231002X。", "resident", "11010519491231002X"),
        ("paid by 4111 1111 1111 1111 today", "card", "4111 1111 1111 1111"),
        ("IBAN GB29 NWBK 6016 1331 9268 19.", "iban", "GB29 NWBK 6016 1331 9268 19"),
        ("SSN 219-09-9999", "ssn", "219-09-9999"),
        ("Ring (555) 231-0042 ext. 12.", "phone", "(555) 231-0042 ext. 12"),
        ("手机：13812345678", "phone", "13812345678"),
        ("驾驶浙A·12345轿车", "plate", "浙A·12345"),
        ("hit by KX21 BVT today", "plate", "KX21 BVT"),
        ("She is 94 years old.", "age", "94"),
        ("今年九十二岁", "age", "九十二"),
        ("He lives at 14 Elm Street, Springfield, IL 62704 alone.", "address", "14 Elm Street, Springfield, IL 62704"),
        ("It is at 9816 Pivovarská 276\n Suite 501\n Riisa\n Estonia 62488", "address",
         "9816 Pivovarská 276\n Suite 501\n Riisa\n Estonia 62488"),
        ("Send it to 5 Rue de Tolbiac 12, Paris 75013.", "address", "5 Rue de Tolbiac 12, Paris 75013"),
        ("Meet at the corner of ul. Polna 80 and Elm Road.", "address", "the corner of ul. Polna 80 and Elm Road"),
        ("P.O. Box 211, Duluth, MN 55802", "address", "P.O. Box 211, Duluth, MN 55802"),
        ("card expiry date 08/27", "date", "08/27"),
        ("家住浙江省杭州市西湖区文三路128号3幢501室。", "address", "浙江省杭州市西湖区文三路128号3幢501室"),
        ("现住址：湖南省平江县三阳乡大义村4组；", "address", "湖南省平江县三阳乡大义村4组"),
        ("Moved from St. Mary's Hospital by car.", "organisation", "St. Mary's Hospital"),
        ("由临江县中医院转入", "organisation", "临江县中医院"),
        ("１３８１２３４５６７８", "phone", "１３８１２３４５６７８"),
    ],
)  # fmt: skip
def test_an_identifier_is_found_whole(text, kind, value):
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Blood pressure 148/92, pulse 76, SpO2 93% on air, pain 3/10, GCS 14.",
        "Furosemide 40 mg, Digoxin 125 micrograms; INR 2.6; K+ 5.9 mmol/L.",
        "She is 67 years old, 28+3 weeks pregnant, weight 94 kg.",
        "Crohn's disease since 2011; Parkinson's disease; Hodgkin lymphoma; Bell's palsy.",
        "ICD-10 code J18.9, HbA1c 58 mmol/mol, eGFR 52, 120/80 mmHg.",
        "患者高热3天，既往高血压病史10余年，血压180/100 mmHg，张力正常，左侧胸痛。",
        "诊断：社区获得性肺炎。予阿莫西林克拉维酸钾治疗，体温降至36.8℃，5月前类似发作。",
        "复查血常规，白细胞12.3×10^9/L，患者平素体健，年龄67岁，在当地医院就诊。",
        "Platelets 150000, creatinine 1204; Aspirin 300 mg on day 5; 250 ml at 20:00.",
        "The Vascular Surgery team and the Pain Clinic saw him.",
    ],
)
def test_clinical_findings_are_no_identifiers(text):
    assert found(text) == []


def test_two_people_and_a_date_are_found_in_one_sentence():
    text = "On 12 March 2021 Mrs. Oyelaran-Smith came with her son, Zyx Brandl."
    assert found(text) == [("date", "12 March 2021"), ("name", "Oyelaran-Smith"), ("name", "Zyx Brandl")]


@pytest.mark.parametrize(
    "text",
    [
        "Пациент Иван Петров поступил в больницу с жалобами на боль в груди",
        "La paciente, nacida el 3 de mayo de 1950, ingresó por dolor torácico",
        "Der Patient, geboren am 3. Mai 1950, klagt über Brustschmerzen",
        "Patiente née le 3 mai 1950, vue pour une douleur thoracique",
    ],
)
def test_a_text_in_another_script_or_language_is_refused_and_says_what_to_do(text):
    with pytest.raises(TextUnreadable, match="translate"):
        identifiers_find(text)


def test_an_english_note_with_foreign_names_and_places_is_read():
    text = "Seen on 3 May 2021 at the clinic of El Paso: Mrs. della Rosa van der Berg, by Dr. Le Roux."
    assert ("date", "3 May 2021") in found(text)


@pytest.mark.parametrize(
    "address",
    [
        "Kernstrasse 92, 4783 Rapperswil",
        "ul. Lawendowa 100, 28-215 Radom",
        "Rua de S. Macário, 33, 2750-142 Sintra",
        "Egeri utca 5., H-8540 Veszprém",
        "71, avenue Baudry, 02739 Gilletville",
        "Aleea Aanei Nr. 859 Bl. 79 Sc. 37 Ap. 392, Mizil, 432836",
        "Litijska cesta 4b, 1283 Trebnje",
        "Calle 49 # 85-8 Sur",
        "716 Dawn Ports, New Cherylfurt, PA09 1DE",
        "Unit 76 4 Patrick Key, Lake Kelly, NT, 2605",
        "Stijnlaan 69, 8584 PR, Wirdum",
        "35 McElwee Street, H79 Y1RY, Manusville",
    ],
)
def test_an_address_is_found_whole_in_the_ways_that_countries_write_it(address):
    text = f"The parcel went to {address} by mistake."
    covered = {at for span in identifiers_find(text) for at in range(span.start, span.end)}
    start = text.index(address)
    left = "".join(one for at, one in enumerate(address, start) if one.isalnum() and at not in covered)
    assert not left and not {at for at in covered if not start <= at < start + len(address)}


@pytest.mark.parametrize(
    "text",
    [
        "She can continue on Cozaar 100 mg daily. Pain is 7 out of 10 and reaches 10 at times.",
        "Hemoglobin of 13.7, white count of 13.3 and platelet count of 26,000.",
        "Ejection fraction of 55%, abnormal diastolic filling. Patient: Nope, never. Doctor: Um let me see.",
    ],
)
def test_measures_and_speech_are_no_addresses_and_no_names(text):
    assert found(text) == []
