"""What travels over the broker cannot be altered, re-used elsewhere, or kept for later."""

import time

import pytest

from engine.errors import ConfigInvalid
from engine.parallel import seal
from engine.parallel.errors import OrderInvalid
from engine.parallel.seal import key_read, sealed, unsealed

KEY = b"k" * 32


def test_what_was_sealed_is_read_again():
    body = {"rank": 1, "text": "héllo", "list": [1, 2.5, None, True]}
    assert unsealed(KEY, "order", sealed(KEY, "order", body, lifetime_s=5)) == body


@pytest.mark.parametrize("position", [0, 10, 70, 100, -1])
def test_a_changed_letter_is_noticed(position):
    text = sealed(KEY, "order", {"rank": 1, "model": "/models/a"})
    letter = "b" if text[position] != "b" else "c"
    changed = text[:position] + letter + (text[position + 1 :] if position != -1 else "")
    with pytest.raises(OrderInvalid, match="not signed with this key"):
        unsealed(KEY, "order", changed)


def test_another_key_another_purpose_and_nonsense_are_refused():
    text = sealed(KEY, "order", {"rank": 1})
    with pytest.raises(OrderInvalid, match="key file"):
        unsealed(b"x" * 32, "order", text)
    with pytest.raises(OrderInvalid, match="expected"):
        unsealed(KEY, "status", text)
    for nonsense in ("", ".", "a.b", "{}"):
        with pytest.raises(OrderInvalid):
            unsealed(KEY, "order", nonsense)


def test_an_old_message_is_refused_and_clocks_may_differ_a_little(monkeypatch):
    text = sealed(KEY, "order", {}, lifetime_s=10)
    now = time.time()
    monkeypatch.setattr(seal.time, "time", lambda: now + 10 + seal.CLOCKS_APART_S - 1)
    assert unsealed(KEY, "order", text) == {}
    monkeypatch.setattr(seal.time, "time", lambda: now + 10 + seal.CLOCKS_APART_S + 1)
    with pytest.raises(OrderInvalid, match="past its time"):
        unsealed(KEY, "order", text)


def test_a_key_must_be_there_and_long_enough(tmp_path):
    path = tmp_path / "key"
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        key_read(path)
    path.write_text("short\n")
    with pytest.raises(ConfigInvalid, match="fewer than 32"):
        key_read(path)
    path.write_text("k" * 32 + "\n")
    assert key_read(path) == KEY
