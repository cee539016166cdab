# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    for number in range(3):
        crowd.login(60 * number, "192.0.2.10", f"alice{number}", "Rabbit-Hole-7", server="10.0.0.25")
        crowd.login(60 * number, "10.0.0.10", f"bill{number}", "Rabbit-Hole-8", server="198.51.100.25")
    crowd.login(0, "10.0.0.20", "cat", "Rabbit-Hole-9", server="10.0.0.25")
    crowd.login(0, "192.0.2.20", "dodo", "Rabbit-Hole-6", server="198.51.100.25")
    crowd.login(0, "192.0.2.30", "duck", "Rabbit-Hole-5", REFUSED, server="10.0.0.25")
    crowd.login(0, "10.0.0.30", "duck", "Rabbit-Hole-5", REFUSED, server="198.51.100.25")
    crowd.write(work / "input.pcap")
