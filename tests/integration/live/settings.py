"""What the command line asks for."""
import dataclasses

@dataclasses.dataclass(frozen=True)
class Settings:
    """Handed to all that starts a program or writes a file."""

    flowgauge: str  # the program under test
    player: str  # the program frame_player
    shared: str  # folder with pcaps/ and pcaps-ndpi/
    folder: str  # for files of ours; gone at the end
    sanitized: bool = False  # the program was built with a sanitizer, which keeps memory
