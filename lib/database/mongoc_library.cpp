#include "database/mongoc_library.hpp"

#include <dlfcn.h>

#include <string>

#include <jujubackup/error.hpp>

#include "base/text.hpp"

namespace jujubackup::database {
namespace {

// The name that its ABI has had since 1.0.
constexpr const char* library_name = "libmongoc-1.0.so.0";

Error not_loaded() {
  const char* said = ::dlerror();
  return {ErrorCode::unsupported, "MongoDB's driver cannot be loaded (" + printable(said != nullptr ? said : library_name) +
                                      "): install it, on Debian the package libmongoc-1.0-0"};
}

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr) throw not_loaded();
}

MongocLibrary load() {
  void* library = ::dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw not_loaded();
  MongocLibrary loaded;
  find(library, "mongoc_client_command_simple", loaded.client_command_simple);
  find(library, "mongoc_client_destroy", loaded.client_destroy);
  find(library, "mongoc_client_new_from_uri_with_error", loaded.client_new_from_uri_with_error);
  find(library, "mongoc_client_set_appname", loaded.client_set_appname);
  find(library, "mongoc_client_set_error_api", loaded.client_set_error_api);
  find(library, "mongoc_client_set_stream_initiator", loaded.client_set_stream_initiator);
  find(library, "mongoc_init", loaded.init);
  find(library, "mongoc_log_set_handler", loaded.log_set_handler);
  find(library, "mongoc_stream_destroy", loaded.stream_destroy);
  find(library, "mongoc_stream_read", loaded.stream_read);
  find(library, "mongoc_stream_tls_handshake_block", loaded.stream_tls_handshake_block);
  find(library, "mongoc_stream_tls_new_with_hostname", loaded.stream_tls_new_with_hostname);
  find(library, "mongoc_stream_write", loaded.stream_write);
  find(library, "mongoc_uri_destroy", loaded.uri_destroy);
  find(library, "mongoc_uri_new", loaded.uri_new);
  find(library, "mongoc_uri_set_auth_source", loaded.uri_set_auth_source);
  find(library, "mongoc_uri_set_option_as_bool", loaded.uri_set_option_as_bool);
  find(library, "mongoc_uri_set_option_as_int32", loaded.uri_set_option_as_int32);
  find(library, "mongoc_uri_set_password", loaded.uri_set_password);
  find(library, "mongoc_uri_set_username", loaded.uri_set_username);
  loaded.init();
  // It would print to the standard error of a process that is not ours.
  loaded.log_set_handler(nullptr, nullptr);
  return loaded;
}

}  // namespace

const MongocLibrary& mongoc() {
  static const MongocLibrary library = load();
  return library;
}

}  // namespace jujubackup::database
