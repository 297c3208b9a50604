"""A hostile parser for the tests: it tries to reach the addresses that the file lists, and tells what came of it."""

import socket

from collegium.sdk.parsing import Block, ParsedDocument


def reached(address: str) -> str:
    try:
        if address.startswith("/"):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(address)
        else:
            host, _, port = address.rpartition(":")
            socket.create_connection((host, int(port)), 2).close()
    except OSError as error:
        return type(error).__name__
    return "reached"


class Calling:
    name = "calling/1"
    media_types = ("text/csv",)

    def accepts(self, files):
        return all(file.media_type == "text/csv" for file in files)

    def parse(self, files, limits):
        told = [f"{address} {reached(address)}" for address in files[0].path.read_text().split()]
        return ParsedDocument(parser=self.name, blocks=(Block("text", "\n".join(told)),))
