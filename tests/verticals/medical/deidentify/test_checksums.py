import pytest

from verticals.medical.deidentify.checksums import (
    iban_valid,
    luhn_valid,
    nhs_valid,
    resident_valid,
    ssn_valid,
)


@pytest.mark.parametrize(
    ("valid", "number", "wrong"),
    [
        # ISO/IEC 7812's worked example; GB 11643-1999's; the IBAN of ISO 13616's registry; NHS data dictionary's
        (luhn_valid, "4111 1111 1111 1111", "4111 1111 1111 1112"),
        (resident_valid, "11010519491231002X", "110105194912310021"),
        (resident_valid, "440524188001010014", "440524188001010015"),
        (iban_valid, "GB29 NWBK 6016 1331 9268 19", "GB29 NWBK 6016 1331 9268 18"),
        (nhs_valid, "943 476 5919", "943 476 5918"),
        (ssn_valid, "219-09-9999", "000-09-9999"),
        (ssn_valid, "219 09 9999", "912-09-9999"),
    ],
)
def test_a_check_digit_tells_a_number_from_one_with_a_slip(valid, number, wrong):
    assert valid(number) and not valid(wrong)


def test_a_resident_number_needs_a_province_and_a_day_that_was():
    assert not resident_valid("990105194912310021")
    assert not resident_valid("110105194902300021")


def test_noughts_alone_are_no_card():
    assert not luhn_valid("0000 0000 0000 0000")
