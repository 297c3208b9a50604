"""A vertical's parser for the tests: it takes comma-separated values, and runs where there is no Django."""

from collegium.sdk.parsing import Block, ParsedDocument, ParseProblem


class Columns:
    name = "columns/1"
    media_types = ("text/csv",)

    def accepts(self, files):
        return all(file.media_type == "text/csv" for file in files)

    def parse(self, files, limits):
        text = files[0].path.read_text().replace(",", " | ")
        if "boom" in text:
            raise RuntimeError("a mistake in the parser")
        if "bad" in text:
            raise ParseProblem("bad_column", "A column is bad. Mend it and upload the file again.")
        data = {"rows": text.splitlines()}
        return ParsedDocument(parser=self.name, blocks=(Block("table", text),), data=data)
