"""Surrogates: the same for the same person, dates moved together, and nothing of the original left."""

import re
import unicodedata
from datetime import date, timedelta
from uuid import uuid4

import pytest

from verticals.medical.deidentify.checksums import luhn_valid
from verticals.medical.deidentify.project import Project, SecretTooShort, project_open
from verticals.medical.deidentify.text import text_deidentify

SECRET = b"0123456789abcdef0123456789abcdef"


def replaced(text: str, project: str = "p", group: str = "1") -> str:
    return text_deidentify(text, project=Project(project, SECRET), group=group).text


def test_intervals_between_dates_stay_in_every_way_of_writing():
    text = "Admitted 2024-03-01, seen on 5 March 2024, 03/09/2024 and 2024年3月30日."
    made = replaced(text)
    first = date.fromisoformat(re.search(r"\d{4}-\d\d-\d\d", made)[0])
    shift = date(2024, 3, 1) - first
    assert timedelta(1) <= shift <= timedelta(365)
    second, third, fourth = (day - shift for day in (date(2024, 3, 5), date(2024, 3, 9), date(2024, 3, 30)))
    assert f"{second.day} {second:%B} {second.year}" in made
    assert f"{third:%m/%d/%Y}" in made
    assert f"{fourth.year}年{fourth.month}月{fourth.day}日" in made


def test_a_day_above_twelve_tells_how_all_figures_of_the_text_are_read():
    made = replaced("Seen 25/03/2024 and 04/04/2024.")
    (d1, m1, y1), (d2, m2, y2) = (map(int, one) for one in re.findall(r"(\d+)/(\d+)/(\d+)", made))
    assert date(y2, m2, d2) - date(y1, m1, d1) == timedelta(10)


def test_patients_have_their_own_shift_and_projects_their_own_names():
    text = "Mrs Thompson came on 2024-03-01."
    assert replaced(text) == replaced(text)
    assert replaced(text, group="2") != replaced(text)
    assert replaced(text, group="2").split()[1] == replaced(text).split()[1]
    others = {replaced(text, project=f"p{number}").split()[1] for number in range(6)}
    assert len(others) > 1 and "Thompson" not in others


def test_a_person_keeps_one_name_in_all_its_forms():
    made = replaced("Patient: Anna Keller. KELLER, Anna (Mrs Keller) was seen.")
    given, family = re.match(r"Patient: (\S+) (\S+)\.", made).groups()
    assert f"{family.upper()}, {given} (Mrs {family})" in made
    chinese = replaced("患者王建国，男。王主任查房，王建国诉头晕。")
    name = re.match(r"患者(...)，", chinese)[1]
    assert f"{name[0]}主任查房，{name}诉" in chinese and name != "王建国"


def test_each_replacement_tells_place_kind_rule_and_surrogate_and_not_the_original():
    text = "MRN: 4471920, card 4111 1111 1111 1111, aged 94, 10.2.33.4"
    result = text_deidentify(text, project=Project("p", SECRET), group="1")
    assert [(text[one.start : one.end], one.kind) for one in result.replacements] == [
        ("4471920", "record"),
        ("4111 1111 1111 1111", "card"),
        ("94", "age"),
        ("10.2.33.4", "ip"),
    ]
    record, card, age, ip = result.replacements
    assert record.rule == "record.label" and re.fullmatch(r"\d{7}", record.replacement)
    assert luhn_valid(card.replacement) and age.replacement == "90+" and ip.replacement.startswith("192.0.2.")
    for original in ("4471920", "4111 1111", "94", "10.2.33.4"):
        assert original not in result.text and original not in repr(result)


def test_what_was_replaced_is_counted_by_kind_and_a_project_of_a_workspace_is_the_same_when_opened_again():
    ours, theirs = uuid4(), uuid4()
    project = project_open(ours, "notes")
    result = text_deidentify("Mrs Okafor, MRN: 4471920, seen 2024-03-01 and 2024-03-04.", project=project)
    assert result.counts == {"name": 1, "record": 1, "date": 2}
    assert project == project_open(ours, "notes") and project.secret.hex() not in repr(project)
    others = {project.secret, project_open(theirs, "notes").secret, project_open(ours, "images").secret}
    assert len(others) == 3


def test_names_and_addresses_of_other_scripts_are_replaced_to_the_last_letter():
    text = (
        "Please ask Νίκος Αδαμόπουλος, حسين پویان, सुनीता शर्मा or 海燕 梁, who live at 148 شبیری بلوار, "
        "about the bill that came yesterday by post."
    )
    made = replaced(text)
    assert re.fullmatch(r"[\u0000-\u024f\u4e00-\u9fff]+", made) and "海燕" not in made and "梁" not in made


def test_a_secret_that_can_be_guessed_is_refused():
    with pytest.raises(SecretTooShort, match="16"):
        Project("p", b"short")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("on 4th of March 2021", r"on \d+(st|nd|rd|th) of [A-Z][a-z]+ 202[01]"),
        ("on Mar 4, 2021", r"on [A-Z][a-z]{2} \d+, 202[01]"),
        ("二〇二一年三月五日", r"二〇二[〇一]年[一二三四五六七八九十]+月[一二三四五六七八九十]+日"),
        ("dated 20210304", r"dated 202[01](0[1-9]|1[0-2])[0-3]\d"),
    ],
)
def test_a_date_is_written_as_it_was(text, form):
    made = replaced(text)
    assert re.fullmatch(form, made) and made != text


def test_an_identity_number_in_digits_of_full_width_keeps_no_date_of_birth():
    number = "11010119900307743X"
    wide = "".join(chr(ord(one) + 0xFEE0) if one.isdigit() else one for one in number)
    made = [
        unicodedata.normalize("NFKC", replaced(f"身份证号：{one}。", group="7")) for one in (number, wide)
    ]
    assert made[0] == made[1] and "19900307" not in made[1]
