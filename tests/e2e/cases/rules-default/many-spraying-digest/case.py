# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    crowd.guesses(0, "192.0.2.10", [(f"card{n}", "Summer-Tea-2024") for n in range(15)], how="APOP")
    crowd.guesses(0, "192.0.2.20", [("bill", "Old-Looking-Glass")] * 60, step=10, how="APOP")
    crowd.write(work / "input.pcap")
