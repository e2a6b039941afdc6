// What the path of a cgroup says about who runs in it: a container, a unit of systemd.
#pragma once

#include <string>
#include <string_view>

namespace flowgauge {

struct CgroupNames {
    std::string container_id;
    std::string unit;
};

// Container, the innermost one, by a component of the path. ID is 64 hexadecimal digits.
//
//   docker-ID.scope                          Docker, with systemd's driver
//   ID                                       Docker (/docker/ID), Kubernetes
//   (/kubepods/.../podUID/ID),
//                                            ECS (/ecs/TASK/ID), with the driver for cgroupfs
//   cri-containerd-ID.scope, crio-ID.scope   Kubernetes, with systemd's driver
//   SLICE:cri-containerd:ID                  containerd that was given systemd's name without
//   systemd libpod-ID.scope                          Podman (libpod-conmon-ID.scope is its monitor:
//   no container) lxc/NAME, lxc.payload/NAME, lxc.payload.NAME                         LXC, Incus
//   (lxc.monitor.NAME: no container) systemd-nspawn@NAME.service              nspawn (its child
//   `supervisor` is nspawn itself: none) machine-NAME.scope                       systemd-machined,
//   but qemu-...: a virtual machine's process
//                                            is the host's
//
// Unit: the last component that ends in .service, .scope, .socket, .mount or .swap, unless it is
// the one that names the container. As systemd shows it: a "_" that keeps names apart from the
// files of cgroupfs is dropped, \xNN stays, as in `systemctl status`. Names of machines are
// unescaped, as in `machinectl`.
//
// Both are valid UTF-8 whatever `path` holds.
[[nodiscard]] CgroupNames names_of_cgroup(std::string_view path);

}  // namespace flowgauge
