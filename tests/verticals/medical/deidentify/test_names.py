"""Names by title, role, list, label and repetition; eponyms, drugs and common words are none."""

import pytest

from tests.verticals.medical.deidentify.found import found


def names(text: str) -> list[str]:
    return [value for kind, value in found(text) if kind == "name"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Seen by Dr. Xanthopoulou today.", ["Xanthopoulou"]),
        ("Patient: Rose Young", ["Rose Young"]),
        ("DE LA CRUZ, Joy came.", ["DE LA CRUZ, Joy"]),
        ("I saw Maria J. van der Berg again.", ["Maria J. van der Berg"]),
        ("Ludo de Vries, MD signed.", ["Ludo de Vries"]),
        ("Mr Haddad smokes. We advised Haddad to stop.", ["Haddad", "Haddad"]),
        ("Mr Bell has Bell's palsy.", ["Bell"]),
        ("The founders are Kowalczyk, Brandl and Zyx.", ["Kowalczyk", "Brandl", "Zyx"]),
        ("Karin Beer came with ms. okoye.", ["Karin Beer", "okoye"]),
        ("my name is borna jerković, call nina.", ["borna jerković", "nina"]),
        ("The nurse had given Gerth his tablets.", ["Gerth"]),
    ],
)
def test_an_english_name_is_found_by_what_stands_around_it(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("患者王秀英诉头晕，", ["王秀英"]),
        ("患者王芳诉头晕，", ["王芳"]),
        ("家属欧阳海燕、李强表示理解。", ["欧阳海燕", "李强"]),
        ("请神经内科高明主任会诊。", ["高明"]),
        ("李大夫来查房。", ["李"]),
        ("姓名：时安　性别：男", ["时安"]),
        ("患者艾力·吐尔逊，男，", ["艾力·吐尔逊"]),
        ("联系人：于军（儿子），于军电话不通。", ["于军", "于军"]),
        ("张伟诉服药后恶心，", ["张伟"]),
    ],
)
def test_a_chinese_name_is_cut_where_the_sentence_goes_on(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Will follow up. May need surgery. Grace period over.",
        "Allergic to Tecfidera, taking Plavix; sphincter of Oddi dysfunction.",
        "Started on Bisoprolol and Zorbivantinib; stop Oxybutynin.",
        "患者高热不退，家属要求出院，医生常规查体，主任医师查房。",
        "主任查房后，护士安排检查，老师傅表示感谢。",
    ],
)
def test_words_that_only_look_like_names_are_left(text):
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Strnad et al. described the method.", "Strnad"),
        ("The Kavaliauskas family has owned the shop for years.", "Kavaliauskas"),
        ("Not even Jack knew the answer.", "Jack"),
        ("Senator Price disagreed.", "Price"),
        ("according to ramunė kavaliauskas, prices will rise.", "ramunė kavaliauskas"),
        ("Grace, could you send me the file again?", "Grace"),
        ("Account holder: Asif Ələkbərzadə", "Asif Ələkbərzadə"),
    ],
)
def test_a_name_is_told_by_what_stands_around_it(text, name):
    assert ("name", name) in found(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Editing: R. V. Jaroch.", ["R. V. Jaroch"]),
        ("What is her name? Jildau S Bouts", ["Jildau S Bouts"]),
        ("The prize went to Mia de Man.", ["Mia de Man"]),
        ("Early van Arnsberg is raw.", ["van Arnsberg"]),
        ("The Margraf case is closed.", ["Margraf"]),
        ("Manço Brothers was founded in spring.", ["Manço"]),
        ("Cheers\nGediminas", ["Gediminas"]),
        ("Best, Hampus", ["Hampus"]),
        ("Cindoruk? Decebal! Dinner!", ["Cindoruk", "Decebal"]),
        ("Sancak: are you there?\nErdibay: yes", ["Sancak", "Erdibay"]),
        ("Ginzburgas to Mallien, and it is over the bar", ["Ginzburgas", "Mallien"]),
        ("He deserved it more than Freeman did.", ["Freeman"]),
        ("Last winter Kick Smit broke a ski.", ["Kick Smit"]),
        ("Camera: Heather Young.", ["Heather Young"]),
        ("Mine is Jonathan Brandl III as well.", ["Jonathan Brandl III"]),
        ("it belongs to markku saarela and his wife süsen", ["markku saarela", "süsen"]),
        ("erzsébet kiss told me to write, leidy t muris did not", ["erzsébet kiss", "leidy t muris"]),
        ("Ask 王芳 or Νίκος about it.", ["王芳", "Νίκος"]),
        ("Ribas Wins Third Title", ["Ribas"]),
        ("Why Palmer Was Right About Money", ["Palmer"]),
        ("Ms. Park and Cpl. Brown came.", ["Park", "Brown"]),
        ("Little Caoimhe lost a tooth.", ["Caoimhe"]),
        ("“Open the window, Brooke,” he said.", ["Brooke"]),
        ("@Olgierd can you check?", ["Olgierd"]),
        ("Approved: I. Kent", ["I. Kent"]),
        ("Hall's wife sued.", ["Hall"]),
        ("1) Tapio Mahler 2) Flaviu Ardelean", ["Tapio Mahler", "Flaviu Ardelean"]),
        ("kawaya said it to james stewart", ["kawaya", "james stewart"]),
        ("the mood of oddvin has been better", ["oddvin"]),
    ],
)
def test_a_name_is_found_wherever_it_stands_in_a_sentence(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Don't worry. Whatever you like! Breathing well? Sore throat: none.",
        "The report is closed. The house case is open. Cheers\nand thanks",
        "Lexapro helped. Zofran was given, Benadryl as needed.",
        "E. Coli and H. Pylori were cultured; C. Difficile was not.",
        "Creatinine: normal. Echo: normal. Ferritin 45 is low, Na 140.",
        "Will follow. May improve! Hope to discharge.",
        "Lt ventricle dilated, col of bone intact. Pain Is Less.",
        "i wrote it said so, write to @clinic or a@example",
        "the dose of metformin has been halved",
        "Unlike the last one, this scan is clear. Notwithstanding that, he stays.",
    ],
)
def test_sentences_begin_with_words_and_drugs_that_are_no_names(text):
    assert names(text) == []
