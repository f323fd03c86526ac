#include "restore_tools.hpp"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <jujubackup/database.hpp>
#include <jujubackup/hosts.hpp>

#include "callbacks.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "machine/place.hpp"

namespace jujubackup::capi {
namespace {

// "jujud-machine-0" of ".../jujud-machine-0.service".
std::string service_of(const std::string& unit_file) {
  const std::size_t slash = unit_file.rfind('/');
  std::string name = slash == std::string::npos ? unit_file : unit_file.substr(slash + 1);
  constexpr std::string_view suffix = ".service";
  if (name.size() > suffix.size() && std::string_view(name).substr(name.size() - suffix.size()) == suffix) {
    name.resize(name.size() - suffix.size());
  }
  return name;
}

// What is on this machine. What the backup says of other machines must not reach them unless that was asked for.
class HereAlone final : public Hosts {
 public:
  explicit HereAlone(Hosts& hosts) : hosts_(hosts) {}
  void reach(const ControllerHost& host, Job* job) override {
    refuse(host);
    hosts_.reach(host, job);
  }
  HostAnswer run(const ControllerHost& host, const HostCommand& command, Job* job) override {
    refuse(host);
    return hosts_.run(host, command, job);
  }

 private:
  static void refuse(const ControllerHost& host) {
    if (!host.here) throw Error(ErrorCode::unsupported, "other machines are not reached: the tools were given without ssh");
  }
  Hosts& hosts_;
};

class CallbackServices final : public Services {
 public:
  CallbackServices(User user, const jjb_services_callbacks& table) : user_(std::move(user)), table_(table) {}

  void start(const ControllerHost& host, const std::string& service, Job* job) override {
    change(table_.start, "start", host, service, job);
  }
  void stop(const ControllerHost& host, const std::string& service, Job* job) override { change(table_.stop, "stop", host, service, job); }

  bool is_active(const ControllerHost& host, const std::string& service, Job* job) override {
    job_check(job);
    std::int32_t active = 0;
    jjb_error* error = nullptr;
    const std::int32_t status =
        table_.is_active(user_.get(), host.machine_id.c_str(), host.address.c_str(), host.here ? 1 : 0, service.c_str(), &active, &error);
    check_callback(status, error, "is_active");
    return active != 0;
  }

  bool is_known(const std::string& service, Job* job) override {
    job_check(job);
    std::int32_t known = 0;
    jjb_error* error = nullptr;
    const std::int32_t status = table_.is_known(user_.get(), service.c_str(), &known, &error);
    check_callback(status, error, "is_known");
    return known != 0;
  }

  std::vector<std::string> install(const std::vector<std::string>& unit_files, Job* job) override {
    std::vector<std::string> added;
    for (const std::string& unit_file : unit_files) {
      std::string service = service_of(unit_file);
      const bool known = is_known(service, job);
      jjb_error* error = nullptr;
      const std::int32_t status = table_.install(user_.get(), unit_file.c_str(), &error);
      check_callback(status, error, "install");
      if (!known) added.push_back(std::move(service));
    }
    return added;
  }

  void uninstall(const std::vector<std::string>& services, Job* job) override {
    for (const std::string& service : services) {
      job_check(job);
      jjb_error* error = nullptr;
      const std::int32_t status = table_.uninstall(user_.get(), service.c_str(), &error);
      check_callback(status, error, "uninstall");
    }
  }

 private:
  using Change = decltype(jjb_services_callbacks::start);
  void change(Change callback, const char* what, const ControllerHost& host, const std::string& service, Job* job) {
    job_check(job);
    jjb_error* error = nullptr;
    const std::int32_t status =
        callback(user_.get(), host.machine_id.c_str(), host.address.c_str(), host.here ? 1 : 0, service.c_str(), &error);
    check_callback(status, error, what);
  }

  User user_;
  jjb_services_callbacks table_;
};

}  // namespace

RestoreCall::RestoreCall(const jjb_restore_tools* tools) {
  if (tools == nullptr) return;
  database_ = tools->database;
  services_ = tools->services;
  ssh_ = ssh_hosts(tools->ssh_options);
  if (!tools->ssh) here_alone_ = std::make_unique<HereAlone>(*ssh_);
  if (tools->systemd) services_ = systemd_services(here_alone_ ? *here_alone_ : *ssh_, tools->systemd_options);
}

RestoreTools RestoreCall::tools() const noexcept {
  return {database_.get(), services_.get(), here_alone_ ? here_alone_.get() : ssh_.get()};
}
RestoreViews RestoreCall::views() const noexcept { return {database_.get(), here_alone_ ? nullptr : ssh_.get()}; }

}  // namespace jujubackup::capi

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::SshOptions;
using jujubackup::SystemdOptions;

namespace {

std::int32_t set_ssh(jjb_restore_tools* handle, std::string SshOptions::*member, const char* value) {
  return guard(nullptr, [&] { capi::require(handle, "tools").ssh_options.*member = capi::require_text(value, "value"); });
}

std::int32_t set_systemd(jjb_restore_tools* handle, std::string SystemdOptions::*member, const char* value) {
  return guard(nullptr, [&] { capi::require(handle, "tools").systemd_options.*member = capi::require_text(value, "value"); });
}

std::shared_ptr<jujubackup::Database> mongo_of(const jjb_restore_options* options) {
  jujubackup::MongoDatabaseOptions mongo;
  if (options != nullptr) {
    mongo.place = options->options.place;
    mongo.host = options->options.mongo_host;
  }
  return jujubackup::mongo_database(mongo);
}

}  // namespace

jjb_restore_tools* jjb_restore_tools_new(void) { return new (std::nothrow) jjb_restore_tools(); }
void jjb_restore_tools_free(jjb_restore_tools* tools) { delete tools; }

int32_t jjb_restore_tools_set_machine(jjb_restore_tools* tools, const jjb_restore_options* options, jjb_error** error) {
  return guard(error, [&] {
    jjb_restore_tools changed = capi::require(tools, "tools");
    const jujubackup::ControllerPlace place = options == nullptr ? jujubackup::ControllerPlace{} : options->options.place;
    const bool live = std::filesystem::path(place.root).lexically_normal() == "/";
    changed.database = live ? mongo_of(options) : nullptr;
    changed.ssh = live;
    changed.ssh_options.identity_path = jujubackup::machine::under(place.root, place.data_dir + "/system-identity");
    std::error_code unknown;
    if (!std::filesystem::exists(changed.ssh_options.identity_path, unknown)) changed.ssh_options.identity_path.clear();
    changed.systemd = true;
    changed.systemd_options.root = place.root;
    changed.services = nullptr;
    *tools = std::move(changed);
  });
}

int32_t jjb_restore_tools_set_mongo(jjb_restore_tools* tools, const jjb_restore_options* options, jjb_error** error) {
  return guard(error, [&] {
    jjb_restore_tools& into = capi::require(tools, "tools");
    into.database = mongo_of(options);
  });
}
int32_t jjb_restore_tools_set_database_dir(jjb_restore_tools* tools, const char* directory, jjb_error** error) {
  return guard(error, [&] {
    jjb_restore_tools& into = capi::require(tools, "tools");
    into.database = jujubackup::folder_database(capi::require_text(directory, "directory"));
  });
}

int32_t jjb_restore_tools_set_ssh(jjb_restore_tools* tools, int32_t use) {
  return guard(nullptr, [&] { capi::require(tools, "tools").ssh = use != 0; });
}
int32_t jjb_restore_tools_set_ssh_program(jjb_restore_tools* tools, const char* program) {
  return set_ssh(tools, &SshOptions::program, program);
}
int32_t jjb_restore_tools_set_ssh_user(jjb_restore_tools* tools, const char* user) { return set_ssh(tools, &SshOptions::user, user); }
int32_t jjb_restore_tools_set_ssh_identity(jjb_restore_tools* tools, const char* path) {
  return set_ssh(tools, &SshOptions::identity_path, path);
}
int32_t jjb_restore_tools_set_ssh_known_hosts(jjb_restore_tools* tools, const char* path) {
  return set_ssh(tools, &SshOptions::known_hosts_path, path);
}
int32_t jjb_restore_tools_set_ssh_strict_host_keys(jjb_restore_tools* tools, int32_t strict) {
  return guard(nullptr, [&] { capi::require(tools, "tools").ssh_options.strict_host_keys = strict != 0; });
}
int32_t jjb_restore_tools_set_ssh_port(jjb_restore_tools* tools, uint16_t port) {
  return guard(nullptr, [&] { capi::require(tools, "tools").ssh_options.port = port; });
}
int32_t jjb_restore_tools_set_ssh_connect_timeout_s(jjb_restore_tools* tools, uint32_t timeout_s) {
  return guard(nullptr, [&] {
    if (timeout_s == 0) capi::refuse("timeout_s is 0");
    capi::require(tools, "tools").ssh_options.connect_timeout = std::chrono::seconds(timeout_s);
  });
}
int32_t jjb_restore_tools_add_ssh_argument(jjb_restore_tools* tools, const char* argument) {
  return guard(nullptr, [&] {
    std::string text = capi::require_text(argument, "argument");
    capi::require(tools, "tools").ssh_options.extra_arguments.push_back(std::move(text));
  });
}

int32_t jjb_restore_tools_set_systemd(jjb_restore_tools* tools, int32_t use) {
  return guard(nullptr, [&] {
    jjb_restore_tools& into = capi::require(tools, "tools");
    into.systemd = use != 0;
    if (into.systemd) into.services = nullptr;
  });
}
int32_t jjb_restore_tools_set_systemd_program(jjb_restore_tools* tools, const char* program) {
  return set_systemd(tools, &SystemdOptions::program, program);
}
int32_t jjb_restore_tools_set_systemd_root(jjb_restore_tools* tools, const char* root) {
  return set_systemd(tools, &SystemdOptions::root, root);
}

int32_t jjb_restore_tools_set_services(jjb_restore_tools* tools, const jjb_services_callbacks* callbacks, jjb_error** error) {
  capi::User user = capi::take_user(callbacks);
  return guard(error, [&] {
    jjb_restore_tools& into = capi::require(tools, "tools");
    const jjb_services_callbacks table = capi::copy_table(callbacks, "services callbacks");
    if (table.start == nullptr || table.stop == nullptr || table.is_active == nullptr || table.is_known == nullptr ||
        table.install == nullptr || table.uninstall == nullptr) {
      capi::refuse("services callbacks with a function missing");
    }
    into.services = std::make_shared<capi::CallbackServices>(std::move(user), table);
    into.systemd = false;
  });
}

void jjb_services_callbacks_init(jjb_services_callbacks* callbacks) {
  if (callbacks == nullptr) return;
  *callbacks = {};
  callbacks->size = sizeof(*callbacks);
}
