"""What a follow-up question leaves out, taken from the question before it."""

from dataclasses import replace

from verticals.finance.questions.query import Op, TypedQuery


def inherit(query: TypedQuery, previous: TypedQuery, *, bare: bool, moved: bool) -> TypedQuery:
    """The query with what it lacks filled in from the one before.

    `bare`: it holds nothing but names of companies, metrics, periods and operations, so that what it lacks
    was left out; a question with content of its own stands alone except for the company it is about.
    """
    taken = False
    if not query.entities and not query.everyone and (previous.entities or previous.everyone):
        query = replace(
            query, entities=previous.entities, everyone=previous.everyone and not previous.entities
        )
        taken = True
    if not bare:
        return replace(query, follows=taken)
    if not query.metrics and not query.attributes and (previous.metrics or previous.attributes):
        query = replace(
            query,
            metrics=previous.metrics,
            attributes=previous.attributes,
            growth=query.growth or previous.growth,
            change=query.change or previous.change,
        )
        # "and the year before?" asks for the same again; "and the trend?" for something else
        if query.op is Op.VALUE:
            query = replace(
                query,
                op=previous.op,
                rank=previous.rank,
                aggregate=previous.aggregate,
                compound=previous.compound,
            )
        elif query.op is Op.COMPARE and len(query.entities) == 1 and previous.entities:
            both = tuple(dict.fromkeys((*previous.entities, *query.entities)))
            query = replace(query, entities=both)
        if not query.compare_by and previous.compare_by not in {"entity", "period"}:
            query = replace(query, compare_by=previous.compare_by)
        taken = True
    if not query.periods and previous.periods:
        query = replace(query, periods=previous.periods, span=previous.span)
        taken = True
    return replace(query, follows=taken or moved)
