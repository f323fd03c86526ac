#include <algorithm>
#include <filesystem>

#include <jujubackup/database.hpp>
#include <jujubackup/server.hpp>

#include "callbacks.hpp"
#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::ServerLimits;
using jujubackup::ServerOptions;
using jujubackup::ServerUser;

namespace {

std::int32_t set(jjb_server_options* handle, std::string ServerOptions::*member, const char* value) {
  return guard(nullptr, [&] { capi::require(handle, "options").options.*member = capi::require_text(value, "value"); });
}

std::int32_t set(jjb_server_options* handle, std::chrono::milliseconds ServerLimits::*member, std::uint32_t timeout_ms) {
  return guard(nullptr, [&] {
    if (timeout_ms == 0) capi::refuse("timeout_ms is 0");
    capi::require(handle, "options").options.limits.*member = std::chrono::milliseconds(timeout_ms);
  });
}

const char* text(const jjb_server* handle, const std::string& (jujubackup::Server::*get)() const noexcept) {
  return handle == nullptr ? nullptr : (handle->server.*get)().c_str();
}

}  // namespace

jjb_server_options* jjb_server_options_new(void) {
  try {
    return new jjb_server_options();
  } catch (...) {
    return nullptr;
  }
}

void jjb_server_options_free(jjb_server_options* options) {
  if (options == nullptr) return;
  for (ServerUser& user : options->options.users) capi::wipe(user.password);
  auto& create = options->options.create;
  if (create && create->mongodump) capi::wipe(create->mongodump->password);
  delete options;
}

int32_t jjb_server_options_set_address(jjb_server_options* options, const char* address) {
  return set(options, &ServerOptions::address, address);
}

int32_t jjb_server_options_add_advertised(jjb_server_options* options, const char* endpoint) {
  return guard(nullptr, [&] {
    std::string text = capi::require_text(endpoint, "endpoint");
    if (text.empty()) capi::refuse("endpoint is empty");
    capi::require(options, "options").options.advertise.push_back(std::move(text));
  });
}

int32_t jjb_server_options_set_state_dir(jjb_server_options* options, const char* state_dir) {
  return set(options, &ServerOptions::state_dir, state_dir);
}
int32_t jjb_server_options_set_store_url(jjb_server_options* options, const char* url) {
  return set(options, &ServerOptions::store_url, url);
}
int32_t jjb_server_options_set_backup_dir(jjb_server_options* options, const char* backup_dir) {
  return set(options, &ServerOptions::backup_dir, backup_dir);
}

int32_t jjb_server_options_set_version(jjb_server_options* options, const char* version) {
  return guard(nullptr,
               [&] { capi::require(options, "options").options.version = capi::version_of(capi::require_text(version, "version")); });
}

int32_t jjb_server_options_add_user(jjb_server_options* options, const char* name, const char* password, int32_t superuser) {
  return guard(nullptr, [&] {
    auto& users = capi::require(options, "options").options.users;
    ServerUser user{capi::require_text(name, "name"), capi::require_text(password, "password"), superuser != 0};
    if (user.name.empty()) capi::refuse("name is empty");
    const auto same = [&](const ServerUser& other) { return other.name == user.name; };
    if (std::any_of(users.begin(), users.end(), same)) capi::refuse("name is that of another user");
    users.push_back(std::move(user));
  });
}

int32_t jjb_server_options_set_create(jjb_server_options* options, const jjb_create_options* create) {
  return guard(nullptr, [&] {
    auto& into = capi::require(options, "options").options.create;
    if (create == nullptr) {
      into.reset();
      return;
    }
    if (create->options.encryption.recipients) capi::refuse("clients of a controller take no encrypted backups");
    into = create->options;
  });
}

int32_t jjb_server_options_set_restore(jjb_server_options* options, const jjb_restore_options* restore, const char* database_dir) {
  return guard(nullptr, [&] {
    auto& into = capi::require(options, "options").options.restore;
    if (restore == nullptr) {
      into.reset();
      return;
    }
    const std::string folder = capi::require_text(database_dir, "database_dir");
    if (folder.empty()) capi::refuse("database_dir is empty");
    // A program that serves a rehearsal must not replace its own machine because a setter was forgotten.
    if (std::filesystem::path(restore->options.place.root).lexically_normal() == "/") capi::refuse("the root to be replaced is /");
    jujubackup::ServerRestore chosen;
    chosen.options = restore->options;
    chosen.database = [folder] { return jujubackup::folder_database(folder); };
    into = std::move(chosen);
  });
}

int32_t jjb_server_options_set_max_connections(jjb_server_options* options, uint32_t connections) {
  return guard(nullptr, [&] {
    if (connections == 0) capi::refuse("connections is 0");
    capi::require(options, "options").options.limits.connections = connections;
  });
}
int32_t jjb_server_options_set_handshake_timeout_ms(jjb_server_options* options, uint32_t timeout_ms) {
  return set(options, &ServerLimits::handshake, timeout_ms);
}
int32_t jjb_server_options_set_idle_timeout_ms(jjb_server_options* options, uint32_t timeout_ms) {
  return set(options, &ServerLimits::idle, timeout_ms);
}

int32_t jjb_server_options_set_log_callback(jjb_server_options* options, jjb_log_callback callback, void* user,
                                            jjb_destroy_callback destroy, jjb_error** error) {
  capi::User owner(user, destroy);
  return guard(error, [&] {
    auto& log = capi::require(options, "options").options.log;
    if (callback == nullptr) {
      log = nullptr;
      return;
    }
    auto shared = std::make_shared<capi::User>(std::move(owner));
    log = [callback, shared](std::string_view line) { callback(shared->get(), std::string(line).c_str()); };
  });
}

int32_t jjb_server_start(const jjb_server_options* options, jjb_server** server, jjb_error** error) {
  return guard(error, [&] {
    jjb_server*& out = capi::result(server, "server");
    const ServerOptions& chosen = capi::require(options, "options").options;
    std::vector<std::pair<std::string, bool>> users;
    for (const ServerUser& user : chosen.users) users.emplace_back(user.name, user.superuser);
    auto started = jujubackup::Server::start(chosen);
    std::string address = started.address();
    out = new jjb_server{std::move(started), std::move(address), std::move(users)};
  });
}

const char* jjb_server_get_address(const jjb_server* server) { return server == nullptr ? nullptr : server->address.c_str(); }
const char* jjb_server_get_ca_cert(const jjb_server* server) { return text(server, &jujubackup::Server::ca_cert); }
const char* jjb_server_get_controller_uuid(const jjb_server* server) { return text(server, &jujubackup::Server::controller_uuid); }
const char* jjb_server_get_model_uuid(const jjb_server* server) { return text(server, &jujubackup::Server::model_uuid); }

int32_t jjb_server_write_client_dir(const jjb_server* server, const char* path, const char* controller_name, const char* user,
                                    const char* password, jjb_error** error) {
  return guard(error, [&] {
    const auto& users = capi::require(server, "server").users;
    const std::string to = capi::require_text(path, "path");
    const std::string name = capi::require_text(controller_name, "controller_name");
    ServerUser who{capi::require_text(user, "user"), capi::require_text(password, "password")};
    const auto known = std::find_if(users.begin(), users.end(), [&](const auto& each) { return each.first == who.name; });
    if (known == users.end()) throw jujubackup::Error(jujubackup::ErrorCode::not_found, "the server has no user of that name");
    who.superuser = known->second;
    server->server.write_client_dir(to, name, who);
    capi::wipe(who.password);
  });
}

int32_t jjb_server_stop(jjb_server* server, uint32_t grace_ms, jjb_error** error) {
  return guard(error, [&] { capi::require(server, "server").server.stop(std::chrono::milliseconds(grace_ms)); });
}

void jjb_server_free(jjb_server* server) { delete server; }
