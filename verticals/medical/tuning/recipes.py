"""The recipes of the medical vertical: notes, which are private, and guidelines, which are not."""

from collegium.sdk.tuning import Recipe
from verticals.medical.tuning.guideline_examples import guidelines_export
from verticals.medical.tuning.note_examples import notes_export

LORA = {"kind": "lora", "r": 16, "alpha": 32, "dropout": 0.0, "targets": ["q_proj", "v_proj"]}
NOTES = Recipe(
    name="notes",
    label={"en": "Clinical notes", "zh": "病历"},
    description={
        "en": "Writes note sections from dialogues and quotes notes. Trained on the workspace's "
        "de-identified notes, with differential privacy for each patient.",
        "zh": "根据对话撰写病历段落，并引用病历回答问题。使用本工作区去标识化的病历训练，"
        "对每位患者提供差分隐私保护。",
    },
    private=True,
    method=LORA,
    # Under noise large batches do best: the noise of a step is the same for all of its examples.
    descent={
        "epochs": 3,
        "batch": 512,
        "physical_batch": 8,
        "learning_rate": 1e-3,
        "warm_up": 0.1,
        "max_tokens": 1024,
    },
    privacy={"unit": "group", "target_epsilon": 0.5, "max_grad_norm": 1.0},
    data={"refusal_share": 0.05},
    suites=("notes",),
    export=notes_export,
)
GUIDELINES = Recipe(
    name="guidelines",
    label={"en": "Guidelines", "zh": "指南"},
    description={
        "en": "Restates quotations of guidelines, and says where they do not answer.",
        "zh": "改写指南引文；引文未回答问题时如实说明。",
    },
    private=False,
    method=LORA,
    descent={"epochs": 3, "batch": 16, "physical_batch": 8, "learning_rate": 5e-4, "max_tokens": 768},
    # Questions over one passage have most of their words in common, and are not the same for that.
    data={"refusal_share": 0.2, "near_duplicates": 0.95},
    suites=("answers",),
    export=guidelines_export,
)
RECIPES = (NOTES, GUIDELINES)
