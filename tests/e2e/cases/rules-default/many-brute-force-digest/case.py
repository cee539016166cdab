# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    crowd.guesses(0, "192.0.2.10", [("alice", f"March-Hare-{n}") for n in range(20)], how="CRAM-MD5")
    crowd.guesses(0, "192.0.2.20", [("bill", "Old-Looking-Glass")] * 100, step=10, how="CRAM-MD5")
    crowd.write(work / "input.pcap")
