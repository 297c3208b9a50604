"""Problems of rules, said in the language of who reads them: the sentence is translated when it is shown."""

from django.utils.functional import Promise

Sentence = str | Promise


class Told(ValueError):
    """A sentence with named places, %(name)s, and what stands in them, which may be sentences too."""

    def __init__(self, sentence: Sentence, /, **values: object) -> None:
        super().__init__(sentence, values)
        self.sentence, self.values = sentence, values

    def __str__(self) -> str:
        return str(self.sentence) % self.values


class PatternProblem(Told):
    """A regular expression is not taken; the message says why."""


class RuleProblem(Told):
    """A rule cannot be used; the message says what is wrong in it and where."""
