"""The command line of the server, there and back."""

from pathlib import Path

import pytest

from engine.config import ServeConfig
from engine.serve.arguments import config_arguments, config_read


def test_what_is_written_is_read_as_the_same_configuration():
    config = ServeConfig(
        model="/models/m", uds=Path("/run/e.sock"), port=9, max_model_len=64, dtype="float32", served_name="m"
    )
    assert config_read("p", config_arguments(config)) == config
    assert config_read("p", ["--model", "m"]) == ServeConfig(model="m")


def test_an_unknown_option_ends_the_command(capsys):
    with pytest.raises(SystemExit):
        config_read("p", ["--model", "m", "--speed", "11"])
    assert "--speed" in capsys.readouterr().err
