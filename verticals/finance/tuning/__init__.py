"""The recipe that tunes the model on company reports, and the suite that judges it.

fact_examples.py makes examples of facts, passage_examples.py of the reports' text, wording_sets.py of public
data sets (for measuring alone), and recipes.py declares the recipe.
"""
