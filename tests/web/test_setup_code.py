"""The first-run page's code: made once, forgiving to fingers, gone when used."""

from __future__ import annotations

import re
import stat

from cardtrail.web import setup_code


def test_it_stays_the_same_until_it_is_used(tmp_path) -> None:
    code = setup_code.make(tmp_path)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}", code)
    assert setup_code.make(tmp_path) == code
    assert stat.S_IMODE(setup_code.path(tmp_path).stat().st_mode) == 0o600
    setup_code.use_up(tmp_path)
    assert setup_code.read(tmp_path) is None
    setup_code.use_up(tmp_path)
    assert setup_code.make(tmp_path) != code


def test_only_the_code_fits(tmp_path) -> None:
    assert not setup_code.fits(tmp_path, "")
    code = setup_code.make(tmp_path)
    assert setup_code.fits(tmp_path, code)
    assert setup_code.fits(tmp_path, f" {code.lower().replace('-', ' ')}\n")
    assert setup_code.fits(tmp_path, code.replace("0", "o").replace("1", "l"))
    for wrong in ("", "-", code[:-1], code + "0", code[::-1] if code != code[::-1] else "x", "设置码"):
        assert not setup_code.fits(tmp_path, wrong)
    setup_code.use_up(tmp_path)
    assert not setup_code.fits(tmp_path, code)
    assert not setup_code.fits(tmp_path, "")
