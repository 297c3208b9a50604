"""The Chinese pages are whole: every sentence is translated, and what is compiled is what is written."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from verticals.medical.imaging.quarantine import NONE_MAY_LEAVE

ROOT = Path(__file__).resolve().parents[3]
CATALOGUES = [
    ROOT / "platform" / "collegium" / "locale",
    ROOT / "verticals" / "finance" / "locale",
    ROOT / "verticals" / "medical" / "locale",
]
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def entries(path: Path) -> list[dict[str, str]]:
    """The entries of a .po file: flags, msgid, msgid_plural, msgstr (of a plural: its only form)."""
    found = []
    for paragraph in path.read_text("utf-8").split("\n\n"):
        entry = {"flags": " ".join(re.findall(r"^#,(.*)$", paragraph, re.M))}
        key = ""
        for line in paragraph.splitlines():
            keyed = re.match(r'(msgid|msgid_plural|msgstr)(?:\[0\])? (".*")$', line)
            if keyed:
                key = keyed[1]
                entry[key] = ast.literal_eval(keyed[2])
            elif line.startswith('"') and key:
                entry[key] += ast.literal_eval(line)
        if entry.get("msgid"):
            found.append(entry)
    return found


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.parent.name)
def test_every_sentence_is_translated_and_none_is_a_guess(folder):
    found = entries(folder / "zh_Hans" / "LC_MESSAGES" / "django.po")
    assert len(found) > 4
    assert [entry["msgid"] for entry in found if not entry.get("msgstr")] == []
    assert [entry["msgid"] for entry in found if "fuzzy" in entry["flags"]] == []


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.parent.name)
def test_translations_keep_what_is_filled_in(folder):
    for entry in entries(folder / "zh_Hans" / "LC_MESSAGES" / "django.po"):
        original = set(PLACEHOLDER.findall(entry.get("msgid_plural", entry["msgid"])))
        assert set(PLACEHOLDER.findall(entry["msgstr"])) == original, entry["msgid"]


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.parent.name)
def test_what_is_compiled_is_what_is_written(folder):
    messages = folder / "zh_Hans" / "LC_MESSAGES"
    with (messages / "django.mo").open("rb") as stream:
        compiled = gettext.GNUTranslations(stream)
    written = entries(messages / "django.po")
    for entry in written:
        if "msgid_plural" in entry:
            assert compiled.ngettext(entry["msgid"], entry["msgid_plural"], 5) == entry["msgstr"]
        else:
            assert compiled.gettext(entry["msgid"]) == entry["msgstr"]
    assert len({key[0] if isinstance(key, tuple) else key for key in compiled._catalog} - {""}) == len(
        written
    )


def known_sentences() -> set[str]:
    return {
        entry["msgid"]
        for folder in CATALOGUES
        for entry in entries(folder / "zh_Hans" / "LC_MESSAGES" / "django.po")
    }


def test_every_sentence_of_the_templates_is_in_a_catalogue():
    said = set()
    for path in [
        *ROOT.glob("platform/**/templates/**/*.html"),
        *ROOT.glob("verticals/*/templates/**/*.html"),
    ]:
        text = path.read_text("utf-8")
        said |= {a or b for a, b in re.findall(r"""\{% translate (?:"([^"]+)"|'([^']+)')""", text)}
        said |= set(re.findall(r'_\("([^"]+)"\)', text))
    assert len(said) > 100
    assert said - known_sentences() == set()


def calls(*names: str, folder: str = "platform/collegium") -> Iterator[tuple[Path, ast.Call]]:
    """Every call of a function or class of these names in the code of a folder."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
                if name in names:
                    yield path, node


def test_every_sentence_of_the_code_is_in_a_catalogue():
    marked = [node.args[0] for _, node in calls("_", "_lazy", "gettext_noop", "gettext_lazy")]
    for_verticals = ("_", "_lazy", "ngettext", "gettext_lazy")
    marked += [node.args[0] for _, node in calls(*for_verticals, folder="verticals")]
    marked += [node.args[1] for _, node in calls("ParseProblem") if len(node.args) > 1]
    said = {argument.value for argument in marked if isinstance(argument, ast.Constant)}
    assert len(said) > 250
    assert said - known_sentences() == set()


FOR_OPERATORS = {"evaluation", "management"}  # commands speak English
PROBLEMS = [
    *("Problem", "NotFound", "Forbidden", "Conflict", "TooLarge", "Unsupported", "Invalid", "Unavailable"),
    *("NoSpace", "TooMany", "ValidationError", "ParseError", "AuthenticationFailed", "NotAuthenticated"),
]


def test_no_problem_is_told_by_a_bare_text():
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, node in calls(*PROBLEMS)
        if node.args
        and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
        and not FOR_OPERATORS & set(path.parts)
        and not ast.unparse(node.args[0]).startswith(("f'limit: ", "f'cursor: ", "f'state: "))
    ]
    assert bare == []


# What only commands of the terminology say, which speak English.
FOR_LOADERS = {"loading.py", "versions.py", "partitions.py"}


def test_no_problem_of_the_medical_vertical_is_told_by_a_bare_text():
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, node in calls(
            *PROBLEMS, "EclInvalid", "EclTooBroad", "_invalid", folder="verticals/medical"
        )
        if node.args
        and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
        and not FOR_OPERATORS & set(path.parts)
        and path.name not in FOR_LOADERS
    ]
    assert bare == []


def test_what_keeps_images_from_leaving_is_in_a_catalogue():
    assert set(NONE_MAY_LEAVE.values()) <= known_sentences()


def test_a_parsers_problem_names_what_it_fills_in():
    """Else it could not be told in another language later."""
    bare = [node.lineno for _, node in calls("ParseProblem") if isinstance(node.args[1], ast.JoinedStr)]
    assert bare == []
