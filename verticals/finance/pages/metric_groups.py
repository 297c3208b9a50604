"""The metrics that pages offer, by what they say of a company; all others are found by name."""

from django.utils.translation import gettext as _

GROUPS: dict[str, tuple[str, ...]] = {
    name: tuple(codes.split())
    for name, codes in {
        "income": """
            revenue net_interest_income premiums_earned cost_of_revenue gross_profit
            selling_expense administrative_expense sga_expense research_expense
            financial_expense operating_expenses operating_income ebitda pretax_income
            income_tax net_income net_income_parent adjusted_net_income_cas
        """,
        "margins": """
            gross_margin operating_margin ebitda_margin net_margin revenue_growth
            net_income_growth effective_tax_rate roe roa roic research_expense_ratio sga_ratio
        """,
        "balance": """
            cash monetary_funds short_term_investments accounts_receivable inventory
            current_assets fixed_assets intangible_assets goodwill total_assets accounts_payable
            current_liabilities long_term_debt total_debt net_debt total_liabilities
            retained_earnings equity total_equity
        """,
        "cash": """
            operating_cash_flow capital_expenditure free_cash_flow investing_cash_flow
            financing_cash_flow dividends_paid share_repurchases net_cash_change
            depreciation_amortization share_based_compensation
        """,
        "strength": """
            current_ratio quick_ratio cash_ratio debt_to_assets debt_to_equity
            net_debt_to_ebitda interest_coverage asset_turnover inventory_turnover
            receivables_turnover days_inventory days_sales days_payable cash_conversion_cycle
        """,
        "share": """
            eps_basic eps_diluted dividend_per_share book_value_per_share
            operating_cash_flow_per_share free_cash_flow_per_share shares_basic shares_diluted
            shares_outstanding
        """,
    }.items()
}
DRAWN_FIRST = {
    "income": ("revenue", "net_income", "net_interest_income"),
    "margins": ("gross_margin", "operating_margin", "net_margin"),
    "balance": ("total_assets", "total_liabilities"),
    "cash": ("operating_cash_flow", "free_cash_flow"),
    "strength": ("current_ratio", "debt_to_equity"),
    "share": ("eps_basic", "eps_diluted"),
}


def group_names() -> dict[str, str]:
    return {
        "income": _("Income"),
        "margins": _("Margins and returns"),
        "balance": _("Balance sheet"),
        "cash": _("Cash flow"),
        "strength": _("Turnover and strength"),
        "share": _("Per share"),
    }


def group_asked(text: str | None) -> str:
    return text if text in GROUPS else "income"
