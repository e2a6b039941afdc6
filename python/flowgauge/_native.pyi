"""Types of the native core."""

from typing import Any, Callable, Iterator, Optional

version: str
ndpi_version: str

def column_names(options: dict[str, Any]) -> list[str]: ...

class NFlow:
    """Which attributes there are, the parameters of the run say: those below always, but for udps."""

    id: int
    expiration_id: int
    src_ip: str
    src_mac: str
    src_oui: str
    src_port: int
    dst_ip: str
    dst_mac: str
    dst_oui: str
    dst_port: int
    protocol: int
    ip_version: int
    vlan_id: int
    udps: Any
    def keys(self) -> list[str]: ...
    def values(self) -> list[Any]: ...
    def __getattr__(self, name: str) -> Any: ...

class NFPacket:
    time: int
    delta_time: int
    direction: int
    raw_size: int
    ip_size: int
    transport_size: int
    payload_size: int
    src_ip: str
    src_mac: str
    src_oui: str
    dst_ip: str
    dst_mac: str
    dst_oui: str
    src_port: int
    dst_port: int
    protocol: int
    vlan_id: int
    ip_version: int
    ip_packet: bytes
    syn: int
    cwr: int
    ece: int
    urg: int
    ack: int
    psh: int
    rst: int
    fin: int
    tunnel_id: int
    _fields: tuple[str, ...]
    def _asdict(self) -> dict[str, Any]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, place: int) -> Any: ...

class NativeBatch:
    names: tuple[str, ...]
    kinds: str
    def values(self, place: int) -> list[Any]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, row: int) -> NFlow: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_array__(self, requested_schema: Optional[object] = None) -> tuple[object, object]: ...

class Session:
    names: Optional[tuple[str, ...]]
    def __init__(self, options: dict[str, Any], hook: Optional[Callable[[Any], None]] = None) -> None: ...
    def __iter__(self) -> Iterator[NFlow]: ...
    def __next__(self) -> NFlow: ...
    def next_batch(self) -> Optional[NativeBatch]: ...
    def batches(self) -> Iterator[NativeBatch]: ...
    def close(self) -> None: ...
    def stop(self) -> None: ...
    def progress(self) -> tuple[int, int, int, int]: ...
    def wait(self, returns: bool) -> Optional[int]: ...
    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object: ...
