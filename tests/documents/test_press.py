"""The press reads nothing but its own fonts: no file of the machine, no address of the network."""

import socket
from pathlib import Path

import pytest

from billing.documents.press import fonts_folder, own_files_only


class TestOwnFilesOnly:
    def test_a_picture_inside_the_document_is_read(self) -> None:
        assert own_files_only().fetch("data:text/plain,ciao").read() == b"ciao"

    def test_our_fonts_are_read(self) -> None:
        font = next(fonts_folder().glob("Titillium_Web/*-regular.ttf"))
        assert own_files_only().fetch(font.as_uri()).read() == font.read_bytes()

    @pytest.mark.parametrize(
        "url",
        [
            Path(__file__).as_uri(),
            "file:///etc/hostname",
            "FILE:///etc/hostname",
            "file://localhost/etc/hostname",
            "ftp://127.0.0.1/x",
        ],
    )
    def test_no_other_file_is_read(self, url: str) -> None:
        with pytest.raises(ValueError, match=r"non può leggere|disallowed"):
            own_files_only().fetch(url)

    def test_a_server_that_would_answer_is_never_asked(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(0.2)
            with pytest.raises(ValueError, match="disallowed"):
                own_files_only().fetch(f"http://127.0.0.1:{server.getsockname()[1]}/logo.png")
            with pytest.raises(TimeoutError):
                server.accept()
