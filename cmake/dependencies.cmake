# Third-party libraries, all from Debian 12. Each is named by one folder only.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

pkg_check_modules(PCAP REQUIRED IMPORTED_TARGET libpcap)  # capture
# nDPI 5.0 changed the detection states; the adapter is written for these versions (core/dpi).
pkg_check_modules(NDPI REQUIRED IMPORTED_TARGET libndpi>=4.2)
if(NDPI_VERSION VERSION_GREATER_EQUAL 4.12)
  message(FATAL_ERROR "nDPI ${NDPI_VERSION} is newer than 4.11; core/dpi is not written for it")
endif()
find_package(fmt 9 REQUIRED)      # core/base
find_package(CLI11 2.1 REQUIRED)  # command
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd>=252)  # service
# control: Asio and Beast, headers only. Debian's libboost-dev is 1.74 and conflicts with 1.81.
find_package(Boost 1.81 REQUIRED CONFIG)
find_package(nlohmann_json 3.11 REQUIRED)  # telemetry
find_package(OpenSSL 3 REQUIRED)  # crypto; control: what Asio's TLS links
# telemetry: its core alone. Debian's has no version file, so that any version asked for fails.
find_package(prometheus-cpp REQUIRED CONFIG)
find_package(yaml-cpp 0.7 REQUIRED CONFIG)  # config
pkg_check_modules(NCURSES REQUIRED IMPORTED_TARGET ncursesw)  # command
pkg_check_modules(URING REQUIRED IMPORTED_TARGET liburing>=2.3)  # export/disk
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)  # export/compression
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)  # export/compression
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka>=2.0)  # export/kafka

# visibility/events: socket events by BPF, where there is libbpf and a compiler for its programs.
set(FLOWGAUGE_BPF AUTO CACHE STRING "Socket events by BPF: ON, OFF or AUTO")
set(FLOWGAUGE_HAS_BPF FALSE)
if(NOT FLOWGAUGE_BPF STREQUAL "OFF")
  pkg_check_modules(BPF IMPORTED_TARGET libbpf>=1.0)
  find_program(FLOWGAUGE_BPF_CLANG NAMES clang-14 clang)
  if(BPF_FOUND AND FLOWGAUGE_BPF_CLANG)
    set(FLOWGAUGE_HAS_BPF TRUE)
  elseif(NOT FLOWGAUGE_BPF STREQUAL "AUTO")
    message(FATAL_ERROR "FLOWGAUGE_BPF takes libbpf-dev >= 1.0 and clang; -DFLOWGAUGE_BPF=OFF does without")
  endif()
endif()
