"""Addresses in the ways of many countries, wherever they stand in a text; counts and measures are none."""

import re

import pytest

from tests.verticals.medical.deidentify.found import found
from verticals.medical.deidentify.recognise import identifiers_find
from verticals.medical.deidentify.street_tail import TAIL_MAX, tail_end


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


@pytest.mark.parametrize(
    "address",
    [
        "the corner of Danielle Course and 28 Cole Avenue",
        "the corner of 34, rue Valentin and 245 Tamm Crossing Suite 431",
        "the corner of Lemeževa ulica and rue de Baudry",
        "Hilda and Sofienhøjgade 7",
        "Patrícia and Pienhof 7",
    ],
)
def test_a_corner_is_found_with_both_its_streets_and_the_words_between(address):
    assert not left_of(f"He parks his van near {address}.", address)
    assert not left_of(f"~he parks his van near {address}, right?".lower(), address.lower())


@pytest.mark.parametrize("text", ["the corner of the room and the wall", "the corner of his mouth and chin"])
def test_the_corner_of_a_thing_is_no_address(text):
    assert found(f"He points to {text}.") == []


@pytest.mark.parametrize("address", ["Unit 96 Box 76, DPO AP", "USCGC West-Anna, van\nFPO AA 93113"])
def test_a_military_address_is_found_without_a_code_and_with_a_comma_in_the_name_of_a_ship(address):
    assert not left_of(f"Return the forms to {address} by May.", address)


@pytest.mark.parametrize(
    "address",
    [
        "7883 Agate Boulevard, Budahátfa, Suriname",
        "Øselsgade 5\n Poysdorf\n Liberia",
        "953 Gabriella Rosebowl, LAKE BAIRDBURN, Ecuador",
        "686 78162 avenue Plourde Suite 894, Kloten, WA, Uruguay AZ1051",
        "82319 Kumrovška ulica 0 Suite 311 Marti-sur-Polla WA",
        "1 Ormond Cross Suite 664 ELINSUND OV",
        "3525 Nil Trafficway Apt. 105\nVERSOIX\n, Western Australia\n 97154",
        "39 Skolgatan Apt. 12, Mistelbach an der Zaya, Iran",
        "670 Wulf Roadway, East Robin, Bouvet Island (Bouvetoya)",
        "Nagy Street 4, Suite 2, Nagpur-269344",
        "4/25/286 Ngõ 58 Đinh Bộ Lĩnh",
        "Vila São Gabriel, 5\n72162-977 Moraes Verde / RO",
        "Unit 9 Suite 19\n Gochenée\n Suriname",
        "86932 route Clémence Suite 438",
    ],
)
def test_the_end_of_an_address_is_found_whatever_the_sentence_goes_on_with(address):
    for text in (f"We rent {address} with a garden.", f"It is at {address}. And a cola."):
        assert not left_of(text, address)


@pytest.mark.parametrize(
    "town",
    ["37052 Vrhnika", "Slavonski Brod 56378", "EAST DOVILĖ, 94221", "Ávila, GE 2787-172", "H-2182 Naftalan"],
)
def test_a_town_with_its_code_is_found_at_the_end_and_in_the_middle_of_a_sentence(town):
    for text in (
        f"The wedding takes place in {town} in June.",
        f"The hall of {town} burned down.",
        f"We are based in {town}.",
    ):
        assert not left_of(text, town)


@pytest.mark.parametrize(
    "text",
    [
        "increase metformin to 1000 mg",
        "Change to Enoxiva 12000 units daily.",
        "Start Vitamin D 2000 IU daily.",
        "It was found by Smith in 2010 Patients and later.",
        "There were platelets of 150000 in March.",
    ],
)
def test_a_dose_or_a_year_is_no_town_with_a_code(text):
    assert not [one for one in found(text) if one[0] == "address"]


@pytest.mark.parametrize(
    "text", ["The post code of my town is 11362.", "My postal code has changed to H-2424", "zip 100 60"]
)
def test_a_code_that_is_named_as_one_is_found_some_words_later(text):
    assert [kind for kind, _ in found(text)] == ["address"]


@pytest.mark.parametrize(
    "street",
    ["Rowe Circle", "Szenthetveni utca", "Huberstrasse", "Wright Stream", "chemin de Lopes", "Obrežna steza"],
)
def test_a_street_without_a_number_is_found_after_words_of_place(street):
    assert not left_of(f"Take the tram to {street}, then walk.", street)


def test_a_street_somebody_lives_on_is_found_by_these_words_alone():
    assert ("address", "Vinogradska") in found("She has lived on Vinogradska for twenty years.")
    assert found("He lives on Insulin and bread.") == []
    assert found("What is the procedure to redeem points won on the card?") == []


def test_a_town_with_state_and_code_on_lines_of_their_own_is_found_below_a_street_that_is_not():
    text = "Ana Ruiz\nfor the attention of\nKrievschester\n, LI\n 15572"
    assert ("address", "Krievschester\n, LI\n 15572") in found(text)


@pytest.mark.parametrize(
    "address",
    [
        "12 Rolf Vei 7\n Apt. 20\n Schin op Geul\n Netherlands 6286 FU",
        "31 Kleče 83 Suite 4 Lenart v Slovenskih goricah, Slovenia",
        "704 Strada Aanei Nr. 8 Suite 2 Valea lui Mihai",
        "2311 Berntsenlunden 7 Apt. 140 EIRIKØY HM",
        "2311 Nedre Bakke 7 Apt. 140 High Eirikøy HM",
        "8 Queen Umgwaqo Suite 5\neGoli\n, LB\n 1610",
        "8 Stocker Allee 3 Suite 4\nBiel/Bienne\n, MO\n 6430",
        "79 Caupolicán 971\nGeneral Lagos, MM 268747",
        "5 Strada Rosu Apt. 9\nFagetel (Remetea)\n, DE\n 876317",
        "702 Koprska ulica 5, Novo mesto, Belgium",
        "3566 2 Michelle Ride\n Apt. 837\n Antonioland\n Belgium 2407",
        "3866 75/081, Bawa Suite 775 Serampore OK",
        "Block 22 Lot 7 Spencer Road, Citrine Homes 8",
    ],
)
def test_towns_of_many_words_and_states_of_any_country_belong_to_the_address(address):
    assert not left_of(f"Please bring it to {address}. Ring twice.", address)


@pytest.mark.parametrize("street", ["Hagenekra 7B", "Doctor Felming 12", "Elke and Estrela 43", "Davorka 2a"])
def test_a_street_is_found_as_the_next_of_a_list_and_on_a_line_of_its_own(street):
    assert not left_of(f"Our places: 31 Wulf Lane, Spain 16200, and {street}", street)
    if "Doctor" not in street:
        assert not left_of(f"Marta Kiss\nShipwright\n{street}", street)


@pytest.mark.parametrize(
    "text",
    [
        "WBC 12\nCRP 45\nFerritin 88\nPLT 210\nHb 9\n",
        "Labs of 2019\nTSH 4\nINR 2\nHaematocrit 41\nALT 39",
        "Eats well, GCS 15, and HR 80",
        "Weight 70 and Height 180",
    ],
)
def test_results_on_lines_of_their_own_and_in_lists_are_no_streets(text):
    assert not [one for one in found(text) if one[0] == "address"]


def test_a_label_before_a_date_is_no_part_of_an_address():
    assert found("DOB Nov 14, 2017  seen today") == [("date", "Nov 14, 2017")]


def test_a_text_of_nothing_but_places_is_no_one_address():
    street = "12 Hill Street"
    end, _known = tail_end(street + ", London" * 2000, len(street), small=False)
    assert len(street) < end < len(street) + 2 * TAIL_MAX


def test_a_text_of_nothing_but_chinese_places_is_read():
    identifiers_find("北京市" * 60 + "人")  # in no time; it took the more the longer, without end
