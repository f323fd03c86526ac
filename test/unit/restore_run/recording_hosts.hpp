// Services and hosts that keep what was asked of them, in order, and fail where they are told to.
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>
#include <jujubackup/hosts.hpp>

namespace test {

// Services are called "SERVICE@MACHINE", and "SERVICE@here" on this machine.
class RecordingServices final : public jujubackup::Services {
 public:
  std::set<std::string> active, known;
  std::set<std::string> failing;   // "start x@1", "stop x@here", "is-active x@1"
  std::vector<std::string> calls;  // without the questions
  bool runs_here = true;
  std::function<void(const std::string&)> on_call;  // also of questions

  bool runs(const jujubackup::ControllerHost& host) const override { return !host.here || runs_here; }
  void start(const jujubackup::ControllerHost& host, const std::string& service, jujubackup::Job*) override {
    call("start", name(host, service), true);
    active.insert(name(host, service));
  }
  void stop(const jujubackup::ControllerHost& host, const std::string& service, jujubackup::Job*) override {
    call("stop", name(host, service), true);
    active.erase(name(host, service));
  }
  bool is_active(const jujubackup::ControllerHost& host, const std::string& service, jujubackup::Job*) override {
    call("is-active", name(host, service), false);
    return active.count(name(host, service)) != 0;
  }
  bool is_known(const std::string& service, jujubackup::Job*) override { return known.count(service) != 0; }
  std::vector<std::string> install(const std::vector<std::string>& unit_files, jujubackup::Job*) override {
    std::vector<std::string> added;
    for (const std::string& file : unit_files) {
      call("install", file, true);
      const std::string service = std::filesystem::path(file).stem().string();
      if (known.insert(service).second) added.push_back(service);
    }
    return added;
  }
  void uninstall(const std::vector<std::string>& services, jujubackup::Job*) override {
    for (const std::string& service : services) {
      call("uninstall", service, true);
      known.erase(service);
    }
  }

  std::vector<std::string> take_calls() { return std::exchange(calls, {}); }

 private:
  static std::string name(const jujubackup::ControllerHost& host, const std::string& service) {
    return service + "@" + (host.here ? "here" : host.machine_id);
  }
  void call(const std::string& verb, const std::string& what, bool keep) {
    if (keep) calls.push_back(verb + " " + what);
    if (on_call) on_call(verb + " " + what);
    if (failing.count(verb + " " + what) != 0)
      throw jujubackup::Error(jujubackup::ErrorCode::program, "told to fail: " + verb + " " + what);
  }
};

}  // namespace test
