# SPDX-License-Identifier: GPL-3.0-or-later

def make(work):
    (work / "input.pcap").write_bytes(b"")
