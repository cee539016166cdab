# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, merge, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"), step=0.1).packets()
    flood = [Talk([], client=(f"203.0.113.{number % 250}", 1024 + number), close=None, start=number / 1000).packets()[0]
             for number in range(2000)]
    write_pcap(work / "input.pcap", merge(talk, flood))
