"""Law 13: secrets are resolved by name in the worker, and masked in what is written down."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.errors import SecretMissing
from activities.secrets import DirectorySecrets, Mask


def write(directory: Path, name: str, text: str, mode: int = 0o600) -> None:
    (directory / name).write_text(text)
    (directory / name).chmod(mode)


def test_a_file_for_each_secret(tmp_path: Path) -> None:
    """A secret is the text of its file, without the newline that editors add."""
    write(tmp_path, "db", "p w\n\n")
    assert DirectorySecrets(tmp_path).resolve("db") == "p w\n"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_open_files_are_refused(tmp_path: Path, mode: int) -> None:
    """A secret that others may read is none; the message says how to close it."""
    write(tmp_path, "db", "pw", mode)
    with pytest.raises(SecretMissing, match="chmod 600"):
        DirectorySecrets(tmp_path).resolve("db")


@pytest.mark.parametrize("name", ["", "..", "../db", "/etc/passwd", "a/b", "nul\0", "not-there", "folder"])
def test_names_stay_inside(tmp_path: Path, name: str) -> None:
    """A name leads to a file of the directory, or to a refusal that names it."""
    (tmp_path / "folder").mkdir()
    write(tmp_path, "db", "pw")
    with pytest.raises(SecretMissing, match="secret '"):
        DirectorySecrets(tmp_path).resolve(name)


def test_lines_of_a_secret() -> None:
    """Each line of a secret is masked by itself; lines too short to be one are left."""
    mask = Mask(["BEGIN\nabcdefgh\n  xy\nEND"])
    assert mask.apply(b"> abcdefgh xy BEGIN END") == b"> ******** xy ***** END"


def test_overlapping_occurrences() -> None:
    """An occurrence that begins inside another one is masked too."""
    assert Mask(["abab"]).apply(b"xabababx") == b"x******x"


@given(
    secrets=st.lists(st.text(alphabet="abcé", min_size=4, max_size=6), min_size=1, max_size=3),
    text=st.lists(st.sampled_from(["a", "b", "abc", "é", "\n", "SECRET"]), max_size=40),
    borders=st.lists(st.integers(1, 12), max_size=40),
)
def test_borders_do_not_matter(secrets: list[str], text: list[str], borders: list[int]) -> None:
    """However a stream is cut into chunks, what is masked is the same, and its length too."""
    data = "".join(text).replace("SECRET", secrets[0]).encode()
    mask = Mask(secrets)
    seen, offset = b"", 0
    for border in borders:
        start = max(0, offset - mask.reach)
        part = data[start : offset + border + mask.reach]
        decided = len(part) - (0 if start + len(part) >= len(data) else mask.undecided(part))
        masked = mask.apply(part)[offset - start : decided]
        seen, offset = seen + masked, offset + len(masked)
    seen += mask.apply(data)[offset:]
    assert seen == mask.apply(data)
    assert len(seen) == len(data)


def test_all_that_a_worker_knows(tmp_path: Path) -> None:
    """Whatever a host's program prints is masked, given by us or not; a file open to others is no secret."""
    write(tmp_path, "db", "admin:0123456789abcdef\n")
    write(tmp_path, "key", "BEGIN\nabcdefgh\n")
    write(tmp_path, "open", "everybody-reads-it", 0o644)
    known = DirectorySecrets(tmp_path).known()
    assert known == ["admin:0123456789abcdef", "BEGIN\nabcdefgh"]
    assert DirectorySecrets(tmp_path / "gone").known() == []


@pytest.mark.parametrize(
    ("secret", "text", "masked"),
    [
        ("admin:0123456789abcdef", "pw 0123456789abcdef", "pw ****************"),
        ("hmac-sha256:name:QUJDREVGR0hJSks=", "QUJDREVGR0hJSks=", "****************"),
        ("json://10.80.0.1:8000/ops", "GET 8000/ops", "GET 8000/ops"),
    ],
)
def test_the_last_word_of_a_secret_is_one(secret: str, text: str, masked: str) -> None:
    """A password without its user is as secret; a port and a path are none."""
    assert Mask([secret]).apply(text.encode()) == masked.encode()
