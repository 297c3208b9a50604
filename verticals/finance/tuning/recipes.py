"""The recipe of the finance vertical: answers worded from figures and quotations. Reports are public."""

from collections.abc import Iterator

from collegium.sdk.tuning import Example, Export, Recipe
from verticals.finance.tuning.fact_examples import facts_export
from verticals.finance.tuning.passage_examples import passages_export


def wording_export(export: Export) -> Iterator[Example]:
    """The examples of facts, then those of passages."""
    yield from facts_export(export)
    yield from passages_export(export)


WORDING = Recipe(
    name="wording",
    label={"en": "Wording of answers", "zh": "回答措辞"},
    description={
        "en": "Words answers from computed figures and quotations; says where they do not tell.",
        "zh": "根据计算出的数字和报告引文组织回答；报告未说明时如实说明。",
    },
    private=False,
    method={"kind": "lora", "r": 16, "alpha": 32, "dropout": 0.0, "targets": ["q_proj", "v_proj"]},
    descent={"epochs": 2, "batch": 16, "physical_batch": 8, "learning_rate": 5e-4, "max_tokens": 768},
    # Questions over one passage have most of their words in common, and are not the same for that.
    data={"refusal_share": 0.15, "near_duplicates": 0.95},
    suites=("wording",),
    export=wording_export,
)
RECIPES = (WORDING,)
