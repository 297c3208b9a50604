"""Computations as they are stored, and as the API and the pages give them."""

from collections.abc import Mapping, Sequence
from typing import Any

from collegium.answers.models import Answer
from collegium.sdk.answering import Input


def input_stored(one: Input) -> dict[str, Any]:
    return {
        "name": one.name,
        "value": one.value,
        "unit": one.unit,
        "citation": one.citation,
        "source": one.source,
        "document": str(one.document) if one.document else None,
    }


def computation_data(
    *,
    id: int,
    name: str,
    formula: str,
    inputs: Sequence[Mapping[str, Any]],
    value: str,
    unit: str,
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """The vertical's own members, such as metric and period, beside the platform's.

    `inputs` are the ids of what was read; `operands` say of each what it is and where it stands.
    """
    sources = [one["source"] for one in inputs if one.get("source") is not None]
    return {
        **about,
        "id": id,
        "name": name,
        "formula": formula,
        "inputs": list(dict.fromkeys(sources)),
        "operands": [dict(one) for one in inputs],
        "value": value,
        "unit": unit,
    }


def computations_of(answer: Answer) -> list[dict[str, Any]]:
    """The computations of a stored answer, in order."""
    return [
        computation_data(
            id=one.ordinal,
            name=one.name,
            formula=one.formula,
            inputs=one.inputs,
            value=one.value,
            unit=one.unit,
            about=one.about,
        )
        for one in answer.computations.all()
    ]


def documents_computed_from(answer: Answer) -> set[str]:
    """The ids of the documents that an answer's computations were read from."""
    return {one["document"] for row in answer.computations.all() for one in row.inputs if one.get("document")}
