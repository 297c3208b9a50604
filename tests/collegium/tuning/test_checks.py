"""A setting that no training can use stops the start with its name."""

import pytest

from collegium.environment import BadSetting, env_decimal
from collegium.tuning.checks import tuning_check


def test_settings_as_they_come_are_sound():
    assert [message.id for message in tuning_check(None)] == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("TUNING_DEVICE", "gpu", "collegium.E011"), ("TUNING_DTYPE", "float8", "collegium.E012")],
)
def test_a_device_or_a_number_type_that_no_training_knows_is_named(settings, name, value, code):
    setattr(settings, name, value)
    (message,) = tuning_check(None)
    assert message.id == code and f"COLLEGIUM_{name}" in message.msg


@pytest.mark.parametrize("value", ["much", "-1", "0", "NaN", "1001"])
def test_a_limit_that_is_no_number_in_range_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("COLLEGIUM_PRIVACY_EPSILON", value)
    with pytest.raises(BadSetting, match="COLLEGIUM_PRIVACY_EPSILON"):
        env_decimal("COLLEGIUM_PRIVACY_EPSILON", "2", low="0.01", high="1000")


def test_a_limit_may_be_written_with_an_exponent(monkeypatch):
    monkeypatch.setenv("COLLEGIUM_PRIVACY_DELTA", "1e-5")
    assert float(env_decimal("COLLEGIUM_PRIVACY_DELTA", "1", low="0", high="1")) == 1e-5
