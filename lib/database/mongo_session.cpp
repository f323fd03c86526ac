#include "database/mongo_session.hpp"

#include <mongoc/mongoc.h>

#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "database/mongo_wire.hpp"

namespace jujubackup::database {
namespace {

constexpr std::size_t max_command_bytes = std::size_t{48} << 20;

// What the driver calls the server; MongoWire knows where it is.
constexpr const char* placeholder = "juju:27017";

// Codes of mongod's own (error_codes.yml).
constexpr std::int64_t code_unauthorized = 13;
constexpr std::int64_t code_authentication_failed = 18;

struct Free {
  void operator()(mongoc_client_t* client) const noexcept { mongoc_client_destroy(client); }
  void operator()(mongoc_uri_t* uri) const noexcept { mongoc_uri_destroy(uri); }
  void operator()(char* text) const noexcept { bson_free(text); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

// bson_t has an alignment that templates of the standard library ignore.
class Document {
 public:
  Document() { bson_init(&document_); }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() { bson_destroy(&document_); }
  bson_t* get() noexcept { return &document_; }
  const bson_t* get() const noexcept { return &document_; }

 private:
  bson_t document_;
};

// The driver's text for what is wrong would quote it.
void parse_command(std::string_view json, Document& into) {
  if (json.size() > max_command_bytes) throw Error(ErrorCode::limit, "a command for the database is larger than 48 MiB");
  bson_error_t ignored = {};
  bson_destroy(into.get());
  if (bson_init_from_json(into.get(), json.data(), static_cast<ssize_t>(json.size()), &ignored)) return;
  bson_init(into.get());
  throw Error(ErrorCode::invalid_argument, "a command for the database is not in MongoDB Extended JSON");
}

void start_driver() {
  static std::once_flag once;
  std::call_once(once, [] {
    mongoc_init();
    // It would print to the standard error of a process that is not ours.
    mongoc_log_set_handler(nullptr, nullptr);
  });
}

struct HostAndPort {
  std::string host, port;
};

HostAndPort parse_address(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) throw Error(ErrorCode::invalid_argument, "the database's address must be host:port");
  HostAndPort parsed{address.substr(0, colon), address.substr(colon + 1)};
  const bool bracketed = parsed.host.starts_with('[') && parsed.host.ends_with(']');
  if (bracketed) parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
  const bool is_number = !parsed.port.empty() && parsed.port.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || parsed.host.empty() || (!bracketed && parsed.host.find(':') != std::string::npos)) {
    throw Error(ErrorCode::invalid_argument, "the database's address must be host:port");
  }
  return parsed;
}

std::string text_in(const bson_t* document, const char* key) {
  bson_iter_t field;
  if (!bson_iter_init_find(&field, document, key) || !BSON_ITER_HOLDS_UTF8(&field)) return "";
  std::uint32_t length = 0;
  const char* text = bson_iter_utf8(&field, &length);
  return {text, length};
}

std::int64_t integer_in(const bson_t* document, const char* key) {
  bson_iter_t field;
  return bson_iter_init_find(&field, document, key) && BSON_ITER_HOLDS_NUMBER(&field) ? bson_iter_as_int64(&field) : 0;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

class MongoSession final : public DatabaseSession {
 public:
  MongoSession(const DatabaseLogin& login, const MongoSessionOptions& options, const HostAndPort& address)
      : username_(login.username), wire_({address.host, address.port, options.tls, login.ca_cert, options.connect_timeout}) {
    const Owned<mongoc_uri_t> uri(mongoc_uri_new(std::string("mongodb://").append(placeholder).append("/").c_str()));
    const auto connect_ms = static_cast<std::int32_t>(options.connect_timeout.count());
    bool taken =
        mongoc_uri_set_option_as_bool(uri.get(), MONGOC_URI_DIRECTCONNECTION, true) &&
        mongoc_uri_set_option_as_int32(uri.get(), MONGOC_URI_CONNECTTIMEOUTMS, connect_ms) &&
        mongoc_uri_set_option_as_int32(uri.get(), MONGOC_URI_SERVERSELECTIONTIMEOUTMS, connect_ms) &&
        mongoc_uri_set_option_as_int32(uri.get(), MONGOC_URI_SOCKETTIMEOUTMS, static_cast<std::int32_t>(options.answer_timeout.count()));
    if (!login.username.empty()) {
      taken = taken && mongoc_uri_set_auth_source(uri.get(), "admin") && mongoc_uri_set_username(uri.get(), login.username.c_str()) &&
              mongoc_uri_set_password(uri.get(), login.password.c_str());
    }
    if (!taken) throw Error(ErrorCode::invalid_argument, "user and password of the database must be UTF-8");
    bson_error_t error = {};
    client_.reset(mongoc_client_new_from_uri_with_error(uri.get(), &error));
    if (!client_) throw Error(ErrorCode::internal, "the driver for MongoDB refuses what it was set up with");
    mongoc_client_set_error_api(client_.get(), MONGOC_ERROR_API_VERSION_2);
    mongoc_client_set_appname(client_.get(), "jujubackup");
    wire_.attach(client_.get());
  }
  ~MongoSession() override {
    // The driver says good-bye to the server, which must keep nobody waiting.
    wire_.hurry();
    client_.reset();
  }

  std::string run(std::string_view database, std::string_view command, Job* job) override {
    job_check(job);
    Document request;
    parse_command(command, request);
    wire_.begin(job);
    Document answer;
    bson_destroy(answer.get());  // the driver sets it up, whatever comes of the command
    bson_error_t error = {};
    const bool ok =
        mongoc_client_command_simple(client_.get(), std::string(database).c_str(), request.get(), nullptr, answer.get(), &error);
    job_check(job);
    if (!ok) fail(request.get(), answer.get(), error);
    std::size_t length = 0;
    const Owned<char> json(bson_as_canonical_extended_json(answer.get(), &length));
    if (!json) throw Error(ErrorCode::corrupt, "the database's answer holds text that is not UTF-8");
    return {json.get(), length};
  }

 private:
  [[noreturn]] void fail(const bson_t* request, const bson_t* answer, const bson_error_t& error) {
    const std::int64_t code = integer_in(answer, "code");
    std::string text = printable(static_cast<const char*>(error.message));
    if (code == 0 && wire_.failure()) throw Error(*wire_.failure());
    const bool login_refused = error.domain == MONGOC_ERROR_SCRAM || error.domain == MONGOC_ERROR_SASL ||
                               (error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE) ||
                               code == code_authentication_failed;
    if (login_refused) throw Error(ErrorCode::permission, "the database refuses the login of " + quoted_name(username_) + ": " + text);
    replace_all(text, placeholder, wire_.peer());
    const bool wrong_version = error.code == MONGOC_ERROR_PROTOCOL_BAD_WIRE_VERSION && error.domain != MONGOC_ERROR_SERVER;
    if (wrong_version) throw Error(ErrorCode::unsupported, "the driver for MongoDB does not know this version: " + text);
    if (code == 0 && error.domain != MONGOC_ERROR_SERVER) throw Error(ErrorCode::io, wire_.peer() + ": " + text, true);
    // Some servers quote what they could not make sense of.
    replace_all(text, text_in(request, "pwd"), "***");
    const std::string name = text_in(answer, "codeName");
    if (code != 0) text += " (" + (name.empty() ? "code " + std::to_string(code) : printable(name)) + ")";
    throw Error(code == code_unauthorized ? ErrorCode::permission : ErrorCode::program, "the database refuses: " + text);
  }

  std::string username_;
  MongoWire wire_;
  Owned<mongoc_client_t> client_;
};

}  // namespace

std::unique_ptr<DatabaseSession> open_mongo_session(const DatabaseLogin& login, const MongoSessionOptions& options, Job* job) {
  start_driver();
  auto session = std::make_unique<MongoSession>(login, options, parse_address(login.address));
  // The driver connects and logs in with the first command.
  session->run("admin", R"({"ping": 1})", job);
  return session;
}

}  // namespace jujubackup::database
