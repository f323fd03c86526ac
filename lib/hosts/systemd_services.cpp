#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/hosts.hpp>

#include "base/text.hpp"
#include "hosts/said.hpp"

namespace jujubackup {
namespace {

// systemd itself gives a unit 90 s to stop by default, that of the juju-db snap more.
constexpr std::chrono::seconds start_and_stop_timeout{600};
constexpr std::chrono::seconds question_timeout{60};
constexpr int exit_not_active = 3;
constexpr int exit_no_such_unit = 4;     // of is-active and status, systemd 254 and later
constexpr int exit_unit_not_loaded = 5;  // of stop

ControllerHost this_machine() {
  ControllerHost host;
  host.here = true;
  return host;
}

// It becomes an argument, also for a shell elsewhere.
std::string unit_of(const std::string& service) {
  constexpr std::string_view others = ":_.\\@-";
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
  };
  if (service.empty() || service.front() == '-' || !std::all_of(service.begin(), service.end(), fits)) {
    throw Error(ErrorCode::invalid_argument, "not the name of a service: " + quoted_name(service));
  }
  return service.ends_with(".service") ? service : service + ".service";
}

std::string service_of(const std::string& unit_file) {
  const std::string name = unit_file.substr(unit_file.rfind('/') + 1);
  constexpr std::string_view suffix = ".service";
  if (!unit_file.starts_with('/') || !name.ends_with(suffix) || name.size() == suffix.size()) {
    throw Error(ErrorCode::invalid_argument, "not the absolute path of a service's unit file: " + quoted_name(unit_file));
  }
  return name.substr(0, name.size() - suffix.size());
}

class SystemdServices final : public Services {
 public:
  SystemdServices(Hosts& hosts, SystemdOptions options) : hosts_(hosts), options_(std::move(options)) {}

  bool runs(const ControllerHost& host) const override { return !host.here || is_live(); }

  void start(const ControllerHost& host, const std::string& service, Job* job) override {
    if (runs(host)) must(host, {"start", unit_of(service)}, start_and_stop_timeout, job);
  }

  void stop(const ControllerHost& host, const std::string& service, Job* job) override {
    if (!runs(host)) return;
    const std::vector<std::string> words = {"stop", unit_of(service)};
    const HostAnswer answer = call(host, words, start_and_stop_timeout, job);
    // What is not there does not run.
    if (answer.exit_code != 0 && answer.exit_code != exit_unit_not_loaded) throw failed(host, words, answer);
  }

  bool is_active(const ControllerHost& host, const std::string& service, Job* job) override {
    if (!runs(host)) return false;
    const std::vector<std::string> words = {"is-active", unit_of(service)};
    const HostAnswer answer = call(host, words, question_timeout, job);
    switch (answer.exit_code) {
      case 0: return true;
      case exit_not_active: {
        // An agent that systemd restarts again and again is between two starts most of the time.
        const std::string state = hosts::last_line(answer.output);
        return state == "activating" || state == "reloading";
      }
      case exit_no_such_unit: return false;
      default: throw failed(host, words, answer);
    }
  }

  // The exit code is 1 for some states that a unit file may have, as for one that is not there; the state is a word of its own.
  bool is_known(const std::string& service, Job* job) override {
    static constexpr std::array<std::string_view, 13> states = {"enabled",   "enabled-runtime", "linked", "linked-runtime", "alias",
                                                                "masked",    "masked-runtime",  "static", "indirect",       "disabled",
                                                                "generated", "transient",       "bad"};
    const std::vector<std::string> words = with_root({"is-enabled", unit_of(service)});
    const HostAnswer answer = call(this_machine(), words, question_timeout, job);
    return std::find(states.begin(), states.end(), hosts::last_line(answer.output)) != states.end();
  }

  std::vector<std::string> install(const std::vector<std::string>& unit_files, Job* job) override {
    std::vector<std::string> added;
    for (const std::string& file : unit_files) {
      std::string service = service_of(file);
      if (!is_known(service, job)) {
        must(this_machine(), with_root({"link", file}), question_timeout, job);
        added.push_back(std::move(service));
      }
    }
    reload(job);
    for (const std::string& file : unit_files)
      must(this_machine(), with_root({"enable", unit_of(service_of(file))}), question_timeout, job);
    return added;
  }

  void uninstall(const std::vector<std::string>& services, Job* job) override {
    for (const std::string& service : services) {
      // That takes away every link to it, also that of "link".
      if (is_known(service, job)) must(this_machine(), with_root({"disable", unit_of(service)}), question_timeout, job);
    }
    reload(job);
  }

 private:
  bool is_live() const { return options_.root.empty() || options_.root == "/"; }

  std::vector<std::string> with_root(std::vector<std::string> words) const {
    if (!is_live()) words.insert(words.begin(), "--root=" + options_.root);
    return words;
  }

  void reload(Job* job) {
    if (is_live()) must(this_machine(), {"daemon-reload"}, question_timeout, job);
  }

  HostAnswer call(const ControllerHost& host, std::vector<std::string> words, std::chrono::seconds timeout, Job* job) {
    HostCommand command;
    words.insert(words.begin(), options_.program);
    command.words = std::move(words);
    command.timeout = timeout;
    return hosts_.run(host, command, job);
  }

  void must(const ControllerHost& host, const std::vector<std::string>& words, std::chrono::seconds timeout, Job* job) {
    const HostAnswer answer = call(host, words, timeout, job);
    if (answer.exit_code != 0) throw failed(host, words, answer);
  }

  static Error failed(const ControllerHost& host, const std::vector<std::string>& words, const HostAnswer& answer) {
    std::string text = "systemctl";
    for (const std::string& word : words) text += " " + printable(word);
    text += " failed with exit code " + std::to_string(answer.exit_code) + ": " + hosts::said(answer.output);
    Error error(ErrorCode::program, std::move(text));
    if (!host.here) error.add_context("machine " + printable(host.machine_id) + " at " + printable(host.address));
    return error;
  }

  Hosts& hosts_;
  const SystemdOptions options_;
};

}  // namespace

std::unique_ptr<Services> systemd_services(Hosts& hosts, const SystemdOptions& options) {
  return std::make_unique<SystemdServices>(hosts, options);
}

}  // namespace jujubackup
