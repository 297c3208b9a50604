"""What is done with the examples before a model is trained on them."""

from dataclasses import dataclass

from engine.errors import ConfigInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions:
    """Shares are of 1. Lengths are in characters of the answer (at least) and of the whole (at most).

    `near_duplicates`: the share of common shingles from which two examples count as one; 0 keeps both.
    `refusal_share`: how many of the examples are to be refusals. `template_share`, `paraphrase_share`: how
    many examples are added, against those that were recorded; the second are asked of the served model at
    `paraphrase_url`. `max_examples`: 0 for all.
    """

    languages: tuple[str, ...] = ("en", "zh")
    min_answer_chars: int = 1
    max_chars: int = 24_000
    near_duplicates: float = 0.8
    held_out_share: float = 0.1
    refusal_share: float = 0.0
    template_share: float = 0.0
    paraphrase_share: float = 0.0
    paraphrase_url: str = ""
    max_examples: int = 0

    def __post_init__(self) -> None:
        if not self.languages:
            raise ConfigInvalid("data: languages must name at least one language")
        for name in ("near_duplicates", "held_out_share", "refusal_share"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigInvalid(f"data: {name} must be at least 0 and below 1")
        for name in ("template_share", "paraphrase_share", "min_answer_chars", "max_examples"):
            if getattr(self, name) < 0:
                raise ConfigInvalid(f"data: {name} must not be negative")
        if self.max_chars < max(1, self.min_answer_chars):
            raise ConfigInvalid("data: max_chars must be at least min_answer_chars")
        if self.paraphrase_share and not self.paraphrase_url:
            raise ConfigInvalid(
                "data: paraphrase_share needs paraphrase_url, the address of the served model"
            )

    def private_check(self) -> None:
        """Raises ConfigInvalid for what cannot be done to private examples: one record in several of them."""
        for name in ("template_share", "paraphrase_share"):
            if getattr(self, name):
                raise ConfigInvalid(
                    f"data: {name} must be 0 where privacy is asked for: it would put one record into "
                    "several examples, and the guarantee is for one"
                )
        if self.max_examples:
            raise ConfigInvalid(
                "data: max_examples must be 0 where privacy is asked for: whether a record is among so many "
                "depends on the others"
            )
