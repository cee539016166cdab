# SPDX-License-Identifier: GPL-3.0-or-later

from craft import write_pcap


def make(work):
    write_pcap(work / "input.pcap", [])
