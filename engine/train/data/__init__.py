"""From the examples that a vertical exports to what a model is trained on.

example.py reads them, filters.py and duplicates.py remove what is unfit, split.py sets sources aside,
negatives.py and augment.py add examples, card.py says what was done, and prepare.py does it all in order.
"""
