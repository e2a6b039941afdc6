"""How a case ends that does not hold."""


class Failure(Exception):
    """What a case found, for people."""


class LatePackets(Failure):
    """Rows differ where packets came too late from another worker: they may be ordered otherwise,
    and are counted. Worth another try; three such tries are a failure."""


class Stopped(Exception):
    """A signal asked us to end."""


def expect(condition, text):
    if not condition:
        raise Failure(text)
