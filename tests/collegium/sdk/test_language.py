"""Which languages a text can be taken for."""

import pytest

from collegium.sdk.language import is_supported


@pytest.mark.parametrize(
    "text",
    [
        "Wann soll bei Lungenentzündung Sauerstoff gegeben werden?",
        "Quand faut-il donner de l'oxygène dans une pneumonie ?",
        "¿Cuándo se debe dar oxígeno en la neumonía?",
        "Quando va dato ossigeno nella polmonite?",
        "Wanneer moet bij longontsteking zuurstof worden gegeven?",
        "Mi padre no respira, llame a una ambulancia",
        "Mon mari ne respire plus",
        "Meu filho não acorda",
        "Mein Mann atmet nicht",
        "Mio figlio non respira, aiuto",
        "Mijn man ademt niet meer",
        "Patiente née le 3 mai 1950, douleur thoracique",
        "Когда давать кислород?",
        "肺炎のときいつ酸素を投与しますか",
        "폐렴에서 산소는 언제 투여합니까?",
    ],
)
def test_other_languages_are_known_by_letters_or_common_words(text):
    assert not is_supported(text)


@pytest.mark.parametrize(
    "text",
    [
        "When should oxygen be given?",
        "肺炎什么时候吸氧？",
        "HTN 2024 rate?",
        "42 %",
        "What is Guillain-Barré syndrome?",
        "Does the Ménière guideline of El Paso and La Paz apply?",
        "宁德时代2023年Q3 EBITDA Société Générale",
        "α-blocker for BPH?",
        "Is MIT IR worth it?",
        "pt in ED, MI 2010, y/o 3, o/e ha, su",
        "come quick he will die",
        "Plus size BP cuff? MA says met goal",
        "3 y/o febrile sz, L gaze, T 40.1, petechiae on trunk",
    ],
)
def test_english_and_chinese_with_foreign_names_are_supported(text):
    assert is_supported(text)
