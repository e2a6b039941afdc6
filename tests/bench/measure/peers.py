"""Other programs that read a capture: how each is called for one run, and where its output goes."""
import pathlib
import shutil
import socket

SINK_PORTS = range(19990, 20000)
SOFTFLOWD_PORT = 19992
PACKAGES = ["tcpdump", "softflowd", "nfdump"]  # those that Debian 12 has

REFERENCE = "tcpdump -w /dev/null"

_SURICATA = """%YAML 1.1
---
vars:
  address-groups: {{HOME_NET: "any", EXTERNAL_NET: "any"}}
default-log-dir: {folder}
outputs:
  - eve-log: {{enabled: yes, filetype: regular, filename: eve.json, types: [flow]}}
stats: {{enabled: no}}
logging: {{default-log-level: notice, outputs: [{{console: {{enabled: yes}}}}]}}
flow: {{memcap: 4gb, hash-size: 65536, prealloc: 10000, emergency-recovery: 30}}
stream:
  {{memcap: 1gb, checksum-validation: no, midstream: true, reassembly: {{memcap: 1gb, depth: 1mb}}}}
defrag:
  {{memcap: 64mb, hash-size: 65536, trackers: 65535, max-frags: 65535, prealloc: yes, timeout: 60}}
detect: {{profile: low}}
max-pending-packets: 10000
runmode: single
unix-command: {{enabled: no}}
rule-files: []
app-layer:
  protocols:
    dns: {{tcp: {{enabled: no}}, udp: {{enabled: no}}}}
"""
_SURICATA_PARSERS = ("tls http ftp ftp-data ssh smtp imap dcerpc smb modbus enip dnp3 nfs ntp quic "
                     "dhcp sip rfb mqtt telnet tftp snmp krb5 ike rdp http2 pgsql bittorrent-dht "
                     "websocket").split()


def bound_sinks():
    """Sockets that keep the exporters' datagrams from being refused; nobody reads them."""
    sinks = []
    for port in SINK_PORTS:
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sink.bind(("127.0.0.1", port))
        sinks.append(sink)
    return sinks


def tcpdump(capture, _folder):
    return ["tcpdump", "-nr", capture, "-w", "/dev/null"]


def softflowd(capture, folder, version=10, port=SOFTFLOWD_PORT):
    """version: 9 is NetFlow, 10 IPFIX."""
    # -c none: reading a file with a control socket never ends. -d: in the foreground.
    return ["softflowd", "-r", capture, "-n", f"127.0.0.1:{port}", "-v", version,
            "-m", "4000000", "-d", "-p", folder / "softflowd.pid", "-c", "none"]


def nfpcapd(capture, folder):
    (folder / "nf").mkdir()
    return ["nfpcapd", "-r", capture, "-w", folder / "nf"]


def nfpcapd_nfdump(capture, folder):
    """Into nfdump's own files, and out of them as CSV."""
    script = 'nfpcapd -r "$1" -w "$2" && nfdump -q -R "$2" -o csv >"$3"'
    (folder / "nf").mkdir()
    return ["sh", "-c", script, "sh", capture, folder / "nf", folder / "flows.csv"]


def yaf(capture, folder):
    return ["yaf", "--in", capture, "--out", folder / "yaf.ipfix", "--max-payload", "0"]


def yaf_statistics(capture, folder):
    return ["yaf", "--in", capture, "--out", folder / "yaf.ipfix", "--flow-stats", "--entropy",
            "--max-payload", "2048"]


def suricata(capture, folder):
    """One worker, flow events only, every application parser off."""
    settings = folder / "suricata.yaml"
    settings.write_text(_SURICATA.format(folder=folder)
                        + "".join(f"    {name}: {{enabled: no}}\n" for name in _SURICATA_PARSERS))
    return ["suricata", "-c", settings, "-r", capture, "-k", "none", "-l", folder, "--runmode",
            "single", "-S", "/dev/null"]


PEERS = {
    REFERENCE: tcpdump,
    "softflowd -m 4000000": softflowd,
    "nfpcapd": nfpcapd,
    "YAF, no payload": yaf,
    "YAF, statistics and entropy": yaf_statistics,
    "Suricata, flows only": suricata,
}


def installed():
    """Those that can be run, and the names of the programs that are missing."""
    found, missing = {}, []
    for name, command in PEERS.items():
        program = command.__name__.split("_")[0]
        if shutil.which(program):
            found[name] = command
        elif program not in missing:
            missing.append(program)
    return found, missing


def fresh_folder(work):
    """Some peers append to what they find, so each run gets an empty folder."""
    folder = pathlib.Path(work) / "peer"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
