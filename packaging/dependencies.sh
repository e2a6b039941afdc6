# Debian packages that flowgauge needs, and how to get those that are missing. Sourced, not run.

# To build and run.
build_packages="g++ make cmake ninja-build ccache pkg-config libpcap-dev libndpi-dev libfmt-dev libcli11-dev
  libyaml-cpp-dev libsystemd-dev libboost1.81-dev libssl-dev prometheus-cpp-dev nlohmann-json3-dev
  libncurses-dev libzstd-dev zlib1g-dev liburing-dev librdkafka-dev libbpf-dev clang-14"

# To make the Debian package (packaging/build-deb.sh).
package_packages="$build_packages debhelper pandoc lintian"

# To test as well: second compiler, tools of record, peers.
test_packages="$package_packages libgtest-dev libgmock-dev libbenchmark-dev libndpi-bin clang-tidy-14
  clang-format-14 libclang-rt-14-dev python3 python3-yaml python3-jsonschema openssl prometheus tshark tcpdump
  iproute2 ethtool procps git curl zstd gzip systemd systemd-container mmdebstrap kcat protobuf-compiler
  python3-protobuf python3-dev libfixbuf-dev libfixbuf-tools nfdump pmacct python3-ipfix socat"

# For the tests labelled full: a browser and a font.
full_test_packages="chromium fonts-dejavu-core openjdk-17-jre-headless maven"

# install_missing PACKAGE...: installs what dpkg does not know yet. Without root it says what is missing
# and goes on: the build will say what it cannot do without.
install_missing() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        return 0
    fi
    if [ "$(id -u)" -ne 0 ]; then
        echo "not root: not installing ${missing[*]}" >&2
        return 0
    fi
    echo "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    apt-get install -y -q --no-install-recommends "${missing[@]}"
}
