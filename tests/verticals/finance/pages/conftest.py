"""A company with three years of reports, one of them amended, and how its pages are looked at."""

import pytest

from tests.verticals.finance.pages.written import INCOME, annual, filing_store, margins


@pytest.fixture
def aldern(finance_base):
    """Aldern Foods, FY2022 to FY2024; the amendment of FY2023 states other sales."""
    for year in (2022, 2023, 2024):
        before = margins(year - 1) if year != 2024 else margins(2023) | {"Revenues": 1_240_000_000}
        filing_store(
            finance_base,
            annual(year, margins(year), before=before, statements=[INCOME]),
            title=f"Aldern {year}",
        )
    amended = margins(2023) | {"Revenues": 1_240_000_000}
    filing_store(
        finance_base,
        annual(2023, amended, form="10-K/A", amends="10-K", filed="2024-07-01", statements=[INCOME]),
        title="Aldern 2023, amended",
    )
    return finance_base


@pytest.fixture
def see():
    """see(client, address) -> the page's text, which must be there."""

    def run(client, address: str, **headers) -> str:
        response = client.get(address, **headers)
        assert response.status_code == 200, response.content.decode()[:2000]
        return response.content.decode()

    return run
