"""NFStream over one capture, with plugins of a kind: nfstream_run.py CAPTURE none|nothing|count NUMBER.

Run by a Python that has it. Prints flows and packets; only what it costs is of interest.
"""
import sys

from nfstream import NFPlugin, NFStreamer


class Nothing(NFPlugin):
    def on_init(self, packet, flow):
        pass

    def on_update(self, packet, flow):
        pass


# Each counts into an attribute of its own, whose name stands in the code as people write it.
COUNT = """
class Count(NFPlugin):
    def on_init(self, packet, flow):
        flow.udps.packets_of_555_{i} = 1 if packet.raw_size == 555 else 0

    def on_update(self, packet, flow):
        if packet.raw_size == 555:
            flow.udps.packets_of_555_{i} += 1
"""


def counting(number):
    scope = {"NFPlugin": NFPlugin}
    exec(COUNT.format(i=number), scope)
    return scope["Count"]()


def plugins(kind, number):
    makers = {"none": lambda _: None, "nothing": lambda _: Nothing(), "count": counting}
    return [makers[kind](i) for i in range(number)] or None


def main():
    capture, kind, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
    flows = packets = 0
    for flow in NFStreamer(source=capture, udps=plugins(kind, number), n_meters=1, n_dissections=0,
                           statistical_analysis=False):
        flows += 1
        packets += flow.bidirectional_packets
    print(flows, packets)


if __name__ == "__main__":
    main()
