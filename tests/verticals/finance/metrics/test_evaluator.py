"""Metrics are computed from facts, each with its formula and inputs, and never where that would be unsound."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from tests.verticals.finance.ledger import evaluator, filing, stated
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import Basis, MetricValue, NotReported, Reason

FY23, FY22 = FiscalPeriod(2023), FiscalPeriod(2022)
Q2, Q3, Q4 = (FiscalPeriod(2023, part) for part in ("Q2", "Q3", "Q4"))
NINE = FiscalPeriod(2023, "9M")
K23, K22 = filing("2023-12-31", 2023), filing("2022-12-31", 2022)
Q3F = filing("2023-09-30", 2023, "Q3")
H1F = filing("2023-06-30", 2023, "Q2")
YEAR, NINE_MONTHS, HALF = "2023-01-01/2023-12-31", "2023-01-01/2023-09-30", "2023-01-01/2023-06-30"


def found(outcome: MetricValue | NotReported) -> MetricValue:
    assert isinstance(outcome, MetricValue), outcome
    return outcome


def missing(outcome: MetricValue | NotReported) -> NotReported:
    assert isinstance(outcome, NotReported), outcome
    return outcome


def codes(value: MetricValue) -> set[str]:
    return {note.code for note in value.notes_all()}


def test_a_stated_figure_is_reported_with_the_fact_it_came_from():
    value = found(evaluator(stated(K23, YEAR, {"Revenues": 1200})).value("revenue", FY23))
    assert (value.value, value.unit, value.basis) == (Decimal(1200), "USD", Basis.REPORTED)
    assert value.formula == "us-gaap:Revenues"
    assert value.inputs == ("10-K 2023-12-31/Revenues/2023-01-01/2023-12-31/",)


def test_a_ratio_names_its_formula_and_every_fact_in_it():
    book = evaluator(stated(K23, YEAR, {"Revenues": 1200, "CostOfRevenue": 900}))
    value = found(book.value("gross_margin", FY23))
    assert value.value == Decimal("0.25")
    assert value.unit == "pure"
    assert value.formula == "gross_profit / revenue"
    assert [one.metric for one in value.operands] == ["gross_profit", "revenue"]
    assert len(value.inputs) == 2


def test_the_fourth_quarter_is_the_year_less_nine_months():
    book = evaluator(stated(K23, YEAR, {"Revenues": 1200}), stated(Q3F, NINE_MONTHS, {"Revenues": 850}))
    value = found(book.value("revenue", Q4))
    assert value.value == 350
    assert value.basis is Basis.DERIVED
    assert value.formula == "us-gaap:Revenues[FY2023] - us-gaap:Revenues[2023-9M]"
    assert (str(value.span.start), str(value.span.end)) == ("2023-10-01", "2023-12-31")


def test_a_quarter_is_the_year_to_date_less_the_year_to_date_before():
    book = evaluator(stated(Q3F, NINE_MONTHS, {"Revenues": 850}), stated(H1F, HALF, {"Revenues": 500}))
    assert found(book.value("revenue", Q3)).value == 350


def test_earnings_per_share_and_numbers_of_shares_are_never_subtracted():
    figures = {"EarningsPerShareDiluted": 2}
    shares = {"WeightedAverageNumberOfDilutedSharesOutstanding": 100}
    book = evaluator(
        stated(K23, YEAR, figures, unit="USD/shares"),
        stated(Q3F, NINE_MONTHS, figures, unit="USD/shares"),
        stated(K23, YEAR, shares, unit="shares"),
        stated(Q3F, NINE_MONTHS, shares, unit="shares"),
    )
    for metric in ("eps_diluted", "shares_diluted"):
        assert missing(book.value(metric, Q4)).reason is Reason.NOT_ADDITIVE


def test_a_missing_half_year_report_is_named():
    nothing = missing(evaluator(stated(Q3F, NINE_MONTHS, {"Revenues": 850})).value("revenue", Q3))
    assert nothing.reason is Reason.OTHER_PERIODS
    assert nothing.periods == (FiscalPeriod(2023, "H1"),)


def test_the_missing_report_is_named_for_a_ratio_of_the_quarter_too():
    book = evaluator(stated(Q3F, NINE_MONTHS, {"Revenues": 850, "CostOfRevenue": 700}))
    nothing = missing(book.value("gross_margin", Q3))
    assert nothing.reason is Reason.OTHER_PERIODS
    assert nothing.periods == (FiscalPeriod(2023, "H1"),)
    assert round(found(book.value("gross_margin", NINE)).value, 6) == Decimal("0.176471")


def test_trailing_twelve_months_are_the_year_plus_the_months_since_less_those_of_the_year_before():
    later = filing("2024-06-30", 2024, "Q2")
    book = evaluator(
        stated(K23, YEAR, {"Revenues": 1200}),
        stated(later, "2024-01-01/2024-06-30", {"Revenues": 700}),
        stated(later, HALF, {"Revenues": 500}),
    )
    assert found(book.value("revenue", FiscalPeriod(2024, "Q2", trailing=True))).value == 1400


def test_a_calendar_year_is_put_together_from_the_quarters_of_a_fiscal_one():
    end = {"fiscal_year_end": "--06-30"}
    k23, q24 = filing("2023-06-30", 2023, **end), filing("2023-12-31", 2024, "Q2", **end)
    book = evaluator(
        stated(k23, "2022-07-01/2023-06-30", {"Revenues": 1000}),
        stated(filing("2022-12-31", 2023, "Q2", **end), "2022-07-01/2022-12-31", {"Revenues": 450}),
        stated(q24, "2023-07-01/2023-12-31", {"Revenues": 600}),
    )
    assert found(book.value("revenue", FiscalPeriod(2023, calendar=True))).value == 1000 - 450 + 600
    assert found(book.value("revenue", FY23)).value == 1000


def test_days_on_two_bases_of_accounting_are_not_added_up_to_a_quarter():
    book = evaluator(
        stated(Q3F, "2023-07-01/2023-07-21", {"NetIncomeLoss": -60}),
        stated(Q3F, "2023-07-22/2023-09-30", {"NetIncomeLoss": 99}),
    )
    assert missing(book.value("net_income", Q3)).reason is Reason.OTHER_PERIODS


def test_a_year_of_52_weeks_matches_the_fiscal_year_it_is():
    end = {"fiscal_year_end": "--09-30"}
    weeks = filing("2022-09-24", 2022, **end)
    value = found(evaluator(stated(weeks, "2021-09-26/2022-09-24", {"Revenues": 394})).value("revenue", FY22))
    assert str(value.span.start) == "2021-09-26"


def test_returns_are_on_the_average_of_the_opening_and_the_closing_balance_and_say_so():
    book = evaluator(
        stated(K23, YEAR, {"NetIncomeLoss": 30}),
        stated(K23, "2023-12-31", {"StockholdersEquity": 160}),
        stated(K22, "2022-12-31", {"StockholdersEquity": 140}),
    )
    value = found(book.value("roe", FY23))
    assert value.value == Decimal("0.2")
    assert "average" in codes(value)
    opening = next(one for one in value.operands if one.opening)
    assert (opening.metric, opening.value, str(opening.span.end)) == ("equity_parent", 140, "2022-12-31")
    assert found(book.value("roe_closing", FY23)).value == Decimal("0.1875")


def test_a_return_without_an_opening_balance_is_not_made_up():
    book = evaluator(
        stated(K23, YEAR, {"NetIncomeLoss": 30}), stated(K23, "2023-12-31", {"StockholdersEquity": 160})
    )
    nothing = missing(book.value("roe", FY23))
    assert nothing.reason is Reason.OTHER_PERIODS
    assert nothing.data["opening"] and "equity_parent" in nothing.needs


def test_a_return_of_nine_months_says_that_it_is_not_of_a_year():
    book = evaluator(
        stated(Q3F, NINE_MONTHS, {"NetIncomeLoss": 30}),
        stated(Q3F, "2023-09-30", {"StockholdersEquity": 160}),
        stated(Q3F, "2022-12-31", {"StockholdersEquity": 140}),
    )
    assert "not_annual" in codes(found(book.value("roe", NINE)))


def test_growth_is_against_the_same_period_of_the_year_before_and_warns_of_a_negative_base():
    book = evaluator(
        stated(K23, YEAR, {"Revenues": 1200, "NetIncomeLoss": 10}),
        stated(K22, "2022-01-01/2022-12-31", {"Revenues": 1000, "NetIncomeLoss": -40}),
    )
    assert found(book.value("revenue_growth", FY23)).value == Decimal("0.2")
    loss = found(book.value("net_income_growth", FY23))
    assert loss.value == Decimal("-1.25")
    assert "negative_base" in codes(loss)


def test_growth_on_the_quarter_before_uses_derived_quarters():
    book = evaluator(
        stated(H1F, HALF, {"Revenues": 500}),
        stated(filing("2023-03-31", 2023, "Q1"), "2023-01-01/2023-03-31", {"Revenues": 200}),
        stated(Q3F, NINE_MONTHS, {"Revenues": 860}),
    )
    assert found(book.value("revenue_growth_qoq", Q3)).value == Decimal("0.2")
    assert missing(book.value("revenue_growth_qoq", NINE)).reason is Reason.NO_PERIOD


def test_division_by_zero_is_a_reason_and_not_a_value():
    nothing = missing(
        evaluator(stated(K23, YEAR, {"Revenues": 0, "NetIncomeLoss": 5})).value("net_margin", FY23)
    )
    assert (nothing.reason, nothing.needs) == (Reason.ZERO, ("revenue",))


def test_amounts_in_two_currencies_are_not_added():
    euro = filing("2023-12-31", 2023, form="20-F")
    book = evaluator(
        stated(K23, "2023-12-31", {"AssetsCurrent": 100}),
        stated(euro, "2023-12-31", {"LiabilitiesCurrent": 60}, unit="EUR"),
    )
    nothing = missing(book.value("working_capital", FY23))
    assert nothing.reason is Reason.UNITS
    assert nothing.data["left"] == "USD" and nothing.data["right"] == "EUR"


def test_of_two_currencies_the_companys_own_is_taken():
    own = filing("2023-12-31", 2023, form="20-F", currency="CNY")
    book = evaluator(stated(own, YEAR, {"Revenues": 7000}), stated(own, YEAR, {"Revenues": 1000}, unit="USD"))
    assert found(book.value("revenue", FY23)).unit == "CNY"


def test_a_stated_percentage_becomes_a_fraction():
    report = filing("2023-12-31", 2023, gaap="CAS", currency="CNY")
    book = evaluator(stated(report, YEAR, {"加权平均净资产收益率": "12.34"}, unit="%"))
    value = found(book.value("roe_weighted_cas", FY23))
    assert (value.value, value.unit) == (Decimal("0.1234"), "pure")


def test_cost_of_goods_alone_is_no_cost_of_all_revenue():
    book = evaluator(stated(K23, YEAR, {"Revenues": 1200, "CostOfGoodsSold": 300}))
    nothing = missing(book.value("gross_profit", FY23))
    assert (nothing.reason, nothing.data["gap"]) == (Reason.SCOPE, "partial")


def test_cost_of_goods_is_all_the_cost_where_the_statement_adds_up():
    figures = {"Revenues": 1200, "CostOfGoodsSold": 300, "OperatingExpenses": 500, "OperatingIncomeLoss": 400}
    assert found(evaluator(stated(K23, YEAR, figures)).value("gross_profit", FY23)).value == 900


def test_cost_of_goods_and_of_services_together_are_the_cost_of_revenue():
    book = evaluator(stated(K23, YEAR, {"Revenues": 1200, "CostOfGoodsSold": 300, "CostOfServices": 200}))
    assert found(book.value("gross_profit", FY23)).value == 700


def test_a_statement_that_leaves_costs_unexplained_gives_no_gross_profit():
    figures = {"Revenues": 1200, "CostOfRevenue": 300, "OperatingExpenses": 500, "OperatingIncomeLoss": 150}
    nothing = missing(evaluator(stated(K23, YEAR, figures)).value("gross_profit", FY23))
    assert (nothing.reason, nothing.data["gap"]) == (Reason.SCOPE, "unexplained")


def test_operating_expenses_that_hold_the_cost_of_revenue_do_not_hide_it():
    figures = {"Revenues": 1200, "CostOfRevenue": 300, "OperatingExpenses": 800, "OperatingIncomeLoss": 400}
    assert found(evaluator(stated(K23, YEAR, figures)).value("gross_profit", FY23)).value == 900


def test_a_bank_has_no_gross_margin_and_the_reason_says_so():
    book = evaluator(
        stated(K23, YEAR, {"Revenues": 1200, "NoninterestExpense": 700}),
        stated(K23, "2023-12-31", {"Deposits": 9000}),
    )
    nothing = missing(book.value("gross_margin", FY23))
    assert (nothing.reason, nothing.data["industry"]) == (Reason.NOT_APPLICABLE, "bank")


def test_a_manufacturer_with_a_finance_subsidiary_is_no_bank():
    report = filing("2023-12-31", 2023, gaap="CAS", currency="CNY")
    book = evaluator(
        stated(report, YEAR, {"营业收入": 100, "营业成本": 60}),
        stated(report, "2023-12-31", {"吸收存款及同业存放": 5}),
    )
    assert found(book.value("gross_margin", FY23)).value == Decimal("0.4")


def test_a_restated_figure_replaces_the_earlier_one_which_stays_readable_as_of_a_day():
    first = stated(
        filing("2022-12-31", 2022, accepted="2023-02-10"), "2022-01-01/2022-12-31", {"Revenues": 1000}
    )
    again = stated(
        filing("2023-12-31", 2023, accepted="2024-02-10"), "2022-01-01/2022-12-31", {"Revenues": 960}
    )
    value = found(evaluator(first, again).value("revenue", FY22))
    assert value.value == 960
    assert [note.data["from"] for note in value.notes if note.code == "restated"] == [Decimal(1000)]
    earlier = evaluator(first, again, as_of=datetime(2023, 6, 30, tzinfo=UTC))
    assert found(earlier.value("revenue", FY22)).value == 1000


def test_a_later_rounding_of_the_same_figure_is_no_restatement():
    first = stated(K22, "2022-01-01/2022-12-31", {"Revenues": 1234567})
    again = stated(K23, "2022-01-01/2022-12-31", {"Revenues": 1235000}, decimals=-3)
    value = found(evaluator(first, again).value("revenue", FY22))
    assert value.value == 1234567
    assert not value.notes


def test_a_fact_that_another_of_the_filing_stands_for_is_not_read():
    first = stated(K22, "2022-01-01/2022-12-31", {"Revenues": 1234567}, decimals=-3)
    duplicate = stated(K22, "2022-01-01/2022-12-31", {"Revenues": 1300000}, decimals=-5)[0]
    marked = replace(duplicate, id="rounded", fact=replace(duplicate.fact, is_duplicate=True))
    alone = evaluator([marked]).value("revenue", FY22)
    assert isinstance(alone, NotReported)
    value = found(evaluator(first, [marked]).value("revenue", FY22))
    assert value.value == 1234567
    assert not value.notes


def test_a_restated_year_is_not_mixed_with_months_that_were_not_restated():
    span22 = "2022-01-01/2022-12-31"
    book = evaluator(
        stated(filing("2022-12-31", 2022, accepted="2023-02-10"), span22, {"Revenues": 1000}),
        stated(filing("2023-12-31", 2023, accepted="2024-02-10"), span22, {"Revenues": 800}),
        stated(filing("2022-09-30", 2022, "Q3"), "2022-01-01/2022-09-30", {"Revenues": 700}),
    )
    value = found(book.value("revenue", FiscalPeriod(2022, "Q4")))
    assert value.value == 300
    assert "restated_terms" in codes(value)


def test_a_figure_under_a_new_name_in_a_newer_filing_wins_over_the_old_name():
    book = evaluator(
        stated(filing("2017-12-31", 2017), "2017-01-01/2017-12-31", {"SalesRevenueNet": 1000}),
        stated(
            filing("2018-12-31", 2018),
            "2017-01-01/2017-12-31",
            {"RevenueFromContractWithCustomerExcludingAssessedTax": 990},
        ),
    )
    assert found(book.value("revenue", FiscalPeriod(2017))).value == 990


def test_of_two_names_in_one_filing_the_total_is_taken():
    figures = {"Revenues": 25500, "RevenueFromContractWithCustomerExcludingAssessedTax": 25000}
    assert found(evaluator(stated(K23, YEAR, figures)).value("revenue", FY23)).value == 25500


def test_debt_counts_a_line_that_is_not_reported_as_nothing_and_says_so():
    value = found(
        evaluator(stated(K23, "2023-12-31", {"LongTermDebtNoncurrent": 500})).value("total_debt", FY23)
    )
    assert value.value == 500
    assert "taken_as_nil" in codes(value)


def test_a_metric_with_dimensions_is_computed_along_them_alone():
    cloud = (("us-gaap:StatementBusinessSegmentsAxis", "x:CloudMember"),)
    book = evaluator(
        stated(K23, YEAR, {"Revenues": 1200, "CostOfRevenue": 900}),
        stated(K23, YEAR, {"Revenues": 400, "CostOfRevenue": 100}, dims=cloud),
    )
    assert found(book.value("gross_margin", FY23, cloud)).value == Decimal("0.75")
    assert found(book.value("gross_margin", FY23)).value == Decimal("0.25")


def test_formulas_that_lead_back_to_each_other_end_in_a_reason():
    assert (
        missing(evaluator(stated(K23, YEAR, {"Revenues": 1})).value("total_assets", FY23)).reason
        is Reason.NOT_STATED
    )


def test_a_value_found_by_a_detour_does_not_depend_on_what_was_asked_first():
    figures = {"Assets": 100, "AssetsCurrent": 40, "StockholdersEquity": 30}
    first = evaluator(stated(K23, "2023-12-31", figures))
    second = evaluator(stated(K23, "2023-12-31", figures))
    first.value("current_liabilities", FY23)
    first.value("noncurrent_liabilities", FY23)
    for metric in ("total_liabilities", "noncurrent_assets", "liabilities_to_equity"):
        assert found(first.value(metric, FY23)).value == found(second.value(metric, FY23)).value


def test_chinese_nine_months_give_the_margin_of_the_worked_example():
    report = filing("2023-09-30", 2023, "Q3", gaap="CAS", currency="CNY")
    book = evaluator(stated(report, NINE_MONTHS, {"营业收入": 294677250600, "营业成本": 230096038100}))
    value = found(book.value("gross_margin", NINE))
    assert round(value.value * 100, 2) == Decimal("21.92")
    assert missing(book.value("gross_margin", Q3)).periods == (FiscalPeriod(2023, "H1"),)
