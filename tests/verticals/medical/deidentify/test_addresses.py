"""Addresses in the ways of many countries, wherever they stand in a text; counts and measures are none."""

import re

import pytest

from tests.verticals.medical.deidentify.found import found
from verticals.medical.deidentify.recognise import identifiers_find


def left_of(text: str, part: str) -> str:
    """Letters and digits of the part that are in no span."""
    covered = {at for span in identifiers_find(text) for at in range(span.start, span.end)}
    start = text.index(part)
    return "".join(one for at, one in enumerate(part, start) if one.isalnum() and at not in covered)


@pytest.mark.parametrize(
    "address",
    [
        "Block 20 Lot 09 Turquoise Avenue, Talibon",
        "6937 Flat 3 Ward Ferry",
        "4/ 12 Sarah Meander",
        "12 Naomi Port",
        "570 Brown Bridge",
        "347 63, boulevard Pruvost",
        "88102 allé Hélène",
        "4718 Intrarea Teofil Toma",
        "Esplanada de Moreira, 5",
        "Calle Rivadavia N° 74",
        "Diagonal Chilecito N° 790",
        "1/79/454 Phố số 4",
        "Briansteeg 55",
        "Nad Popelkou 86",
        "V Zátiší 37, 202 75 Libčice nad Vltavou",
        "Strada Mazilescu\n Borsa\n Iceland 587299",
        "Soseaua Stan, HORODNIC DE SUS, Iran 815820",
        "17 Simpson Light, Suite 459, Palmerbury, Sao Tome and Principe CV5E 5FH",
        "5666 Industrigränd 35\n Suite 461\n LIDINGÖ\n Palestinian Territory 20767",
        "88102 allé Giguère\n Apt. 28, LAROCQUE P3R 9M9",
        "ул. Ивановская, д. 42",
        "148 شبیری بلوار",
        "Avenida 8 N° 623",
        "Wulfring 547",
        "30 9304 Rytis Pike",
        "151 Büget Rue",
        "ulica Bema 98",
        "Sapphire Street, Ward Subdivision, Apt. 355, Jessica Ville 0423",
    ],
)
def test_an_address_is_found_whole_at_the_end_and_in_the_middle_of_a_sentence(address):
    for text in (f"The taxi waits at {address}.", f"Someone stole my bike from {address} last night."):
        assert not left_of(text, address)


@pytest.mark.parametrize(
    "text",
    [
        "pick me up from 4, rue didier",
        "please deliver to 43 janet harbor, chandlerbury, de13 2bx",
        "we moved to ul. lelewela 919, hoorn, mozambique 8931 aj",
        "we moved to 353 melon avenue, 185 hunt drives",
        "send it to mosonmagyaróvári utca 11., h-9611 mártonvárad",
        "the shop has moved to 212 88 queen adelheid\nfort maud\n, kz\n 40213",
    ],
)
def test_an_address_written_small_is_found_with_its_town_and_code(text):
    assert not left_of(text, text.partition("to " if " to " in text else "from ")[2])


@pytest.mark.parametrize(
    "text",
    [
        "We had 200 guests, 14 tables and 3 bands on Saturday.",
        "Order 3 Chairs, 2 Lamps and 1 Desk; tickets cost 450 euros.",
        "Waterlow 12 was recorded, Troponin 45 is high, sodium 140.",
        "TGF-β and α-synuclein are raised; the score is 7.",
        "Bus 14 leaves every 20 minutes, line 3 every 10.",
    ],
)
def test_counts_and_measures_are_no_addresses(text):
    assert found(text) == []


def test_a_name_before_an_address_stays_a_name():
    text = "Send flowers to Lajos Major, 3 Frances Burgs Suite 554, Oneill, New Zealand 4410, today."
    assert found(text) == [
        ("name", "Lajos Major"),
        ("address", "3 Frances Burgs Suite 554, Oneill, New Zealand 4410"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "> Halvor Brekke\n> 41 20 rue des tisseurans Amadour\n> Apt. 12\n> BLOIS\n> France 41000",
        ">>Lindeveien 7\n>>HAMAR 2317",
    ],
)
def test_an_address_in_a_mail_that_is_quoted_is_found(text):
    assert not re.findall(r"\d", left_of(text, text))


@pytest.mark.parametrize("address", ["Furulia 12\nASKER 1386", "Furuveien 12, 1386 Asker"])
def test_a_town_that_is_also_a_word_is_found_with_its_code(address):
    assert not left_of(f"It goes to\n{address}\nby post.", address)
