#include <jujubackup/client.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::ConnectOptions;

namespace {

std::int32_t set(jjb_connect_options* handle, std::string ConnectOptions::*member, const char* value) {
  return guard(nullptr, [&] { capi::require(handle, "options").options.*member = capi::require_text(value, "value"); });
}

std::int32_t add(jjb_connect_options* handle, std::vector<std::string> ConnectOptions::*member, const char* value) {
  return guard(nullptr, [&] {
    std::string text = capi::require_text(value, "value");
    if (text.empty()) capi::refuse("value is empty");
    (capi::require(handle, "options").options.*member).push_back(std::move(text));
  });
}

std::int32_t set(jjb_connect_options* handle, std::chrono::milliseconds ConnectOptions::*member, std::uint32_t timeout_ms) {
  return guard(nullptr, [&] {
    if (timeout_ms == 0) capi::refuse("timeout_ms is 0");
    capi::require(handle, "options").options.*member = std::chrono::milliseconds(timeout_ms);
  });
}

const char* text(const jjb_connect_options* handle, std::string ConnectOptions::*member) {
  return handle == nullptr ? nullptr : (handle->options.*member).c_str();
}

}  // namespace

jjb_connect_options* jjb_connect_options_new(void) {
  try {
    return new jjb_connect_options();
  } catch (...) {
    return nullptr;
  }
}

int32_t jjb_connect_options_read_client_dir(const char* client_dir, const char* model, const char* controller, int32_t use_environment,
                                            jjb_job* job, jjb_connect_options** options, jjb_error** error) {
  return guard(error, [&] {
    jjb_connect_options*& out = capi::result(options, "options");
    const auto shared = capi::share(job);
    jujubackup::ModelChoice choice;
    if (model != nullptr) choice.model = model;
    if (controller != nullptr) choice.controller = controller;
    choice.environment = use_environment != 0;
    const std::string path = client_dir == nullptr ? jujubackup::default_client_dir() : client_dir;
    const auto target = jujubackup::ClientDirectory::read(path, shared.get()).resolve(choice);
    out = new jjb_connect_options{jujubackup::connect_options(target)};
  });
}

void jjb_connect_options_free(jjb_connect_options* options) {
  if (options == nullptr) return;
  capi::wipe(options->options.password);
  for (std::string& macaroon : options->options.macaroons) capi::wipe(macaroon);
  delete options;
}

int32_t jjb_connect_options_add_endpoint(jjb_connect_options* options, const char* endpoint) {
  return add(options, &ConnectOptions::endpoints, endpoint);
}
int32_t jjb_connect_options_set_ca_cert(jjb_connect_options* options, const char* pem) {
  return set(options, &ConnectOptions::ca_cert, pem);
}
int32_t jjb_connect_options_set_public_hostname(jjb_connect_options* options, const char* hostname) {
  return set(options, &ConnectOptions::public_hostname, hostname);
}
int32_t jjb_connect_options_set_model_uuid(jjb_connect_options* options, const char* model_uuid) {
  return set(options, &ConnectOptions::model_uuid, model_uuid);
}
int32_t jjb_connect_options_set_model_name(jjb_connect_options* options, const char* model_name) {
  return set(options, &ConnectOptions::model_name, model_name);
}
int32_t jjb_connect_options_set_controller_uuid(jjb_connect_options* options, const char* controller_uuid) {
  return set(options, &ConnectOptions::controller_uuid, controller_uuid);
}
int32_t jjb_connect_options_set_controller_name(jjb_connect_options* options, const char* controller_name) {
  return set(options, &ConnectOptions::name, controller_name);
}
int32_t jjb_connect_options_set_user(jjb_connect_options* options, const char* user) { return set(options, &ConnectOptions::user, user); }
int32_t jjb_connect_options_set_password(jjb_connect_options* options, const char* password) {
  return set(options, &ConnectOptions::password, password);
}
int32_t jjb_connect_options_add_macaroon(jjb_connect_options* options, const char* macaroon) {
  return add(options, &ConnectOptions::macaroons, macaroon);
}
int32_t jjb_connect_options_set_connect_timeout_ms(jjb_connect_options* options, uint32_t timeout_ms) {
  return set(options, &ConnectOptions::connect_timeout, timeout_ms);
}
int32_t jjb_connect_options_set_idle_timeout_ms(jjb_connect_options* options, uint32_t timeout_ms) {
  return set(options, &ConnectOptions::idle_timeout, timeout_ms);
}

size_t jjb_connect_options_get_endpoint_count(const jjb_connect_options* options) {
  return options == nullptr ? 0 : options->options.endpoints.size();
}
const char* jjb_connect_options_get_endpoint(const jjb_connect_options* options, size_t index) {
  const std::string* endpoint = options == nullptr ? nullptr : capi::at(options->options.endpoints, index);
  return endpoint == nullptr ? nullptr : endpoint->c_str();
}
const char* jjb_connect_options_get_controller_name(const jjb_connect_options* options) { return text(options, &ConnectOptions::name); }
const char* jjb_connect_options_get_model_name(const jjb_connect_options* options) { return text(options, &ConnectOptions::model_name); }
const char* jjb_connect_options_get_model_uuid(const jjb_connect_options* options) { return text(options, &ConnectOptions::model_uuid); }
const char* jjb_connect_options_get_user(const jjb_connect_options* options) { return text(options, &ConnectOptions::user); }
