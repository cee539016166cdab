# SPDX-License-Identifier: GPL-3.0-or-later

from crowd import REFUSED, Crowd


def make(work):
    crowd = Crowd()
    crowd.guesses(0, "192.0.2.10", [(f"card{n}", "Summer-Tea-2024") for n in range(12)])
    crowd.login(20, "192.0.2.10", "alice", "Summer-Tea-2024")
    crowd.login(-60, "192.0.2.10", "hatter", "Tea-At-Six")
    crowd.login(15, "192.0.2.10", "hatter", "Tea-At-Six")
    crowd.guesses(0, "192.0.2.20", [(f"heart{n}", f"Heart-{n}-Tart") for n in range(8)])
    crowd.guesses(20, "192.0.2.20", [(f"heart{n}", f"Heart-{n}-Tartlet") for n in range(40)], reply="+OK")
    crowd.guesses(0, "192.0.2.30", [(f"club{n}", f"Club-{n}-Soda") for n in range(40)], reply="-ERR [SYS/TEMP] Temporary authentication failure.")
    crowd.guesses(60, "192.0.2.30", [(f"club{n}", f"Club-{n}-Soda") for n in range(40)], reply="+OK")
    crowd.guesses(0, "192.0.2.40", [(f"joker{n}", f"Joker-{n}-Laughs") for n in range(40)], reply="-ERR TLS required to log in.")
    crowd.login(60, "192.0.2.40", "joker", "Joker-Laughs", server="198.51.100.26")
    crowd.write(work / "input.pcap")
