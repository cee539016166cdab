# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    for number in range(10):
        crowd.login(number, f"203.0.113.{number + 1}", "alice", f"March-Hare-{number // 2}", REFUSED)
        crowd.login(number, f"192.0.2.{20 + number}", "bill", "Old-Looking-Glass", REFUSED)
    crowd.write(work / "input.pcap")
