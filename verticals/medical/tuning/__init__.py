"""Recipes that tune the model on medical documents.

note_parts.py reads a note's dialogue and sections, patients.py says whose it is, private_text.py takes out
who, note_examples.py makes examples of what is left, guideline_examples.py of guidelines, and recipes.py
declares both. note_files.py reads and converts tables of notes.
"""
