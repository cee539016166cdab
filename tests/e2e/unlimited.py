# SPDX-License-Identifier: GPL-3.0-or-later
"""The default rules about single logins and sessions without their limits: an alert for each.

For tests in which one account logs in many times, each time in another way.
"""

import pathlib
import re

RULES = pathlib.Path(__file__).resolve().parents[2] / "rules/plainpop.rules"


def write(path):
    """Writes them to the file, and returns its name."""
    rules = re.findall(r"^alert .*\bsid:9100[01]\d\d;.*$", RULES.read_text(), re.M)
    path.write_text("".join(re.sub(r" threshold:[^;]*;", "", rule) + "\n" for rule in rules))
    return path
