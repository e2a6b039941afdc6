#include "visibility/processes/cgroup_path.h"

#include "core/base/utf8_text.h"

#include <gtest/gtest.h>

#include <string>

namespace flowgauge {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kOther = "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(CgroupPath, TellsContainerAndUnit) {
    const struct {
        std::string path;
        std::string container;
        std::string unit;
    } rows[] = {
        {"", "", ""},
        {"/", "", ""},
        {"/init.scope", "", "init.scope"},
        {"/system.slice/ssh.service", "", "ssh.service"},
        {"/system.slice/system-getty.slice/getty@tty1.service", "", "getty@tty1.service"},
        {"/system.slice/docker.socket", "", "docker.socket"},
        {"/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox\\x2d7.scope",
         "",
         "app-firefox\\x2d7.scope"},
        {"/system.slice/_cpu.service", "", "cpu.service"},
        {"/system.slice/.service", "", ""},
        {"/system.slice/a.service/worker", "", "a.service"},
        {"/system.slice/docker-" + kId + ".scope", kId, ""},
        {"/system.slice/docker-" + kId + ".scope/system.slice/nginx.service", kId, "nginx.service"},
        {"/docker/" + kId, kId, ""},
        {"/system.slice/containerd.service/docker/" + kId, kId, "containerd.service"},
        {"/docker/" + kId + "/docker/" + kOther, kOther, ""},
        {"/docker/" + kId.substr(1), "", ""},
        {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-" +
             kId + ".scope",
         kId,
         ""},
        {"/kubepods.slice/kubepods-pod1.slice/crio-" + kId + ".scope", kId, ""},
        {"/kubepods.slice/kubepods-pod1.slice/crio-conmon-" + kId + ".scope",
         "",
         "crio-conmon-" + kId + ".scope"},
        {"/kubepods/besteffort/pod1234-5678/" + kId, kId, ""},
        {"/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" + kId,
         kId,
         "containerd.service"},
        {"/machine.slice/libpod-" + kId + ".scope/container", kId, ""},
        {"/machine.slice/libpod-conmon-" + kId + ".scope", "", "libpod-conmon-" + kId + ".scope"},
        {"/ecs/0123/" + kId, kId, ""},
        {"/lxc/web/init.scope", "web", "init.scope"},
        {"/lxc.payload/web", "web", ""},
        {"/lxc.payload.web/system.slice/cron.service", "web", "cron.service"},
        {"/lxc.monitor.web", "", ""},
        {"/machine.slice/systemd-nspawn@my\\x2dbox.service/payload/system.slice/x.service",
         "my-box",
         "x.service"},
        {"/machine.slice/systemd-nspawn@box.service/supervisor", "", "systemd-nspawn@box.service"},
        {"/machine.slice/machine-box.scope", "box", ""},
        {"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "", "machine-qemu\\x2d1\\x2dvm.scope"},
    };
    for (const auto& row : rows) {
        const CgroupNames names = names_of_cgroup(row.path);
        EXPECT_EQ(names.container_id, row.container) << row.path;
        EXPECT_EQ(names.unit, row.unit) << row.path;
    }
}

TEST(CgroupPath, IsUtf8WhateverItsNamesAre) {
    const CgroupNames names =
        names_of_cgroup("/lxc/\xff\xfe/\xc3.service/machine-\\xff\\xc3\\.scope/a\\x");
    EXPECT_EQ(names.container_id, "\xef\xbf\xbd\xef\xbf\xbd\\");
    EXPECT_EQ(names.unit, "\xef\xbf\xbd.service");
}

}  // namespace
}  // namespace flowgauge
