// MongoDB's C driver, loaded when a live database is first spoken to.
//
// It is not linked: whoever loads it waits for a dozen more libraries, and has a file of counters made in /dev/shm and perhaps a line
// written to standard error before main. Showing a backup must not cost that. Only functions named here are used of it; BSON is another,
// small library that is linked.
#pragma once

#include <mongoc/mongoc.h>

namespace jujubackup::database {

// Called as in the driver's own documents: mongoc().uri_new("mongodb://...").
struct MongocLibrary {
  decltype(&mongoc_client_command_simple) client_command_simple = nullptr;
  decltype(&mongoc_client_destroy) client_destroy = nullptr;
  decltype(&mongoc_client_new_from_uri_with_error) client_new_from_uri_with_error = nullptr;
  decltype(&mongoc_client_set_appname) client_set_appname = nullptr;
  decltype(&mongoc_client_set_error_api) client_set_error_api = nullptr;
  decltype(&mongoc_client_set_stream_initiator) client_set_stream_initiator = nullptr;
  decltype(&mongoc_init) init = nullptr;
  decltype(&mongoc_log_set_handler) log_set_handler = nullptr;
  decltype(&mongoc_stream_destroy) stream_destroy = nullptr;
  decltype(&mongoc_stream_read) stream_read = nullptr;
  decltype(&mongoc_stream_tls_handshake_block) stream_tls_handshake_block = nullptr;
  decltype(&mongoc_stream_tls_new_with_hostname) stream_tls_new_with_hostname = nullptr;
  decltype(&mongoc_stream_write) stream_write = nullptr;
  decltype(&mongoc_uri_destroy) uri_destroy = nullptr;
  decltype(&mongoc_uri_new) uri_new = nullptr;
  decltype(&mongoc_uri_set_auth_source) uri_set_auth_source = nullptr;
  decltype(&mongoc_uri_set_option_as_bool) uri_set_option_as_bool = nullptr;
  decltype(&mongoc_uri_set_option_as_int32) uri_set_option_as_int32 = nullptr;
  decltype(&mongoc_uri_set_password) uri_set_password = nullptr;
  decltype(&mongoc_uri_set_username) uri_set_username = nullptr;
};

// Loaded, initialised and silent; stays so until the process ends. Error(unsupported) with what to install where it is not there. Any
// thread.
const MongocLibrary& mongoc();

}  // namespace jujubackup::database
