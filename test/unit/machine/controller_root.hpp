// A small controller machine's file tree, as Juju 2.x and 3.x lay it out. All secrets in it are invented.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "test_support.hpp"

namespace test {

inline constexpr const char* model_uuid = "1be318f6-9460-4fe1-8eb4-b1df2db23b53";  // the one in test/data/dump
inline constexpr const char* controller_uuid = "bda3b637-7972-47f7-87fd-a3f2d0c748a5";
inline constexpr const char* state_password = "Invented/State+Password0=";
inline constexpr const char* ca_private_key =
    "-----BEGIN RSA PRIVATE KEY-----\nSU5WRU5URUQ6IG5vIGtleQ==\nYXQgYWxsLCBvbmx5IHR3byBsaW5lcw==\n-----END RSA PRIVATE KEY-----\n";
inline constexpr const char* ca_cert = "-----BEGIN CERTIFICATE-----\nSU5WRU5URUQ6IG5vIGNlcnRpZmljYXRl\n-----END CERTIFICATE-----\n";

struct ControllerRoot {
  std::string version = "2.9.50";
  std::string machine_id = "0";
  std::string base_id = "ubuntu", base_version = "22.04", codename = "jammy";
  bool secret_in_snap = false;
};

inline std::string block_of(const std::string& lines) {
  std::string out = "|\n";
  std::size_t at = 0;
  while (at < lines.size()) {
    const std::size_t end = lines.find('\n', at);
    out += "  " + lines.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return out;
}

inline std::string agent_conf_text(const ControllerRoot& root) {
  std::string agent = root.machine_id;
  for (char& c : agent) {
    if (c == '/') c = '-';
  }
  return "# format 2.0\n"
         "tag: machine-" +
         agent +
         "\n"
         "datadir: /var/lib/juju\n"
         "transient-datadir: /var/run/juju\n"
         "logdir: /var/log/juju\n"
         "metricsspooldir: /var/lib/juju/metricspool\n"
         "nonce: user-admin:bootstrap\n"
         "jobs:\n"
         "- JobManageModel\n"
         "- JobHostUnits\n"
         "upgradedToVersion: " +
         root.version +
         "\n"
         "cacert: " +
         block_of(ca_cert) +
         "stateaddresses:\n"
         "- localhost:37017\n"
         "statepassword: " +
         state_password +
         "\n"
         "controller: controller-" +
         controller_uuid +
         "\n"
         "model: model-" +
         model_uuid +
         "\n"
         "apiaddresses:\n"
         "- 10.9.8.7:17070\n"
         "apipassword: Invented/Api+Password\n"
         "oldpassword: invented-old-password\n"
         "values:\n"
         "  AGENT_SERVICE_NAME: jujud-machine-" +
         agent +
         "\n"
         "  CONTAINER_TYPE: \"\"\n"
         "controllercert: " +
         block_of(ca_cert) + "controllerkey: " + block_of(ca_private_key) + "caprivatekey: " + block_of(ca_private_key) +
         "apiport: 17070\n"
         "stateport: 37017\n"
         "sharedsecret: aW52ZW50ZWQgc2hhcmVkIHNlY3JldA==\n"
         "systemidentity: " +
         block_of(ca_private_key) +
         "mongoversion: 4.4.30\n"
         "agent-logfile-max-size: 100MB\n";
}

// Below `path`, which is made.
inline void make_controller_root(const std::string& path, const ControllerRoot& root = {}) {
  std::string agent = "machine-" + root.machine_id;
  for (char& c : agent) {
    if (c == '/') c = '-';
  }
  const std::string data = path + "/var/lib/juju";
  const std::string tools = root.version + "-" + root.codename + "-amd64";
  write_file(data + "/tools/" + tools + "/jujud", "#!/bin/sh\nexit 0\n");
  write_file(data + "/tools/" + tools + "/FORCE-VERSION", root.version);
  write_file(data + "/tools/" + tools + "/downloaded-tools.txt", "{\"version\":\"" + tools + "\"}");
  std::filesystem::create_symlink("/var/lib/juju/tools/" + tools, data + "/tools/" + agent);
  write_file(data + "/system-identity", ca_private_key);
  write_file(data + "/server.pem", std::string(ca_cert) + ca_private_key);
  write_file(root.secret_in_snap ? path + "/var/snap/juju-db/common/shared-secret" : data + "/shared-secret",
             "aW52ZW50ZWQgc2hhcmVkIHNlY3JldA==");
  write_file(data + "/agents/" + agent + "/agent.conf", agent_conf_text(root));
  write_file(data + "/init/jujud-" + agent + "/jujud-" + agent + ".service", "[Unit]\nDescription=juju agent for " + agent + "\n");
  write_file(data + "/init/jujud-" + agent + "/exec-start.sh", "#!/usr/bin/env bash\n");
  write_file(data + "/nonce.txt", "user-admin:bootstrap");
  write_file(path + "/home/ubuntu/.ssh/authorized_keys", "ssh-rsa SU5WRU5URUQ= nobody\n");
  write_file(path + "/etc/hostname", "juju-b23b53-0\n");
  write_file(path + "/etc/os-release", "NAME=\"Ubuntu\"\nID=" + root.base_id + "\nID_LIKE=debian\nVERSION_ID=\"" + root.base_version +
                                           "\"\nVERSION_CODENAME=" + root.codename + "\n");
  for (const std::string& secret : {data + "/system-identity", data + "/server.pem", data + "/agents/" + agent + "/agent.conf"}) {
    std::filesystem::permissions(secret, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
}

}  // namespace test
