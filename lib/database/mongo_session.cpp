#include "database/mongo_session.hpp"

#include <mongoc/mongoc.h>

#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "database/mongo_document.hpp"
#include "database/mongo_wire.hpp"
#include "database/old_mongo_session.hpp"

namespace jujubackup::database {
namespace {

// What the driver calls the server; MongoWire knows where it is.
constexpr const char* placeholder = "juju:27017";

struct Free {
  void operator()(mongoc_client_t* client) const noexcept { mongoc_client_destroy(client); }
  void operator()(mongoc_uri_t* uri) const noexcept { mongoc_uri_destroy(uri); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

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

// Thrown where the driver does not know the server's version.
struct UnknownVersion {
  std::string said;
};

class MongoSession final : public DatabaseSession {
 public:
  MongoSession(const DatabaseLogin& login, MongoWireOptions wire, const MongoSessionOptions& options)
      : username_(login.username), wire_(std::move(wire)) {
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

  // Connected and logged in after it, or an Error; or UnknownVersion.
  void open(Job* job) { ask("admin", R"({"ping": 1})", job); }

  std::string run(std::string_view database, std::string_view command, Job* job) override {
    try {
      return ask(database, command, job);
    } catch (const UnknownVersion& unknown) {
      throw Error(ErrorCode::unsupported, "the driver for MongoDB does not know this version: " + unknown.said);
    }
  }

 private:
  std::string ask(std::string_view database, std::string_view command, Job* job) {
    job_check(job);
    Document request;
    parse_command(command, request);
    wire_.begin(job);
    Document answer;
    bson_error_t error = {};
    const bool ok =
        mongoc_client_command_simple(client_.get(), std::string(database).c_str(), request.get(), nullptr, answer.emptied(), &error);
    job_check(job);
    if (!ok) fail(request.get(), answer.get(), error);
    return to_canonical_json(answer.get());
  }

  [[noreturn]] void fail(const bson_t* request, const bson_t* answer, const bson_error_t& error) {
    const bool from_server = integer_in(answer, "code") != 0 || error.domain == MONGOC_ERROR_SERVER;
    if (!from_server && wire_.failure()) throw Error(*wire_.failure());
    std::string said = printable(static_cast<const char*>(error.message));
    replace_all(said, placeholder, wire_.peer());
    const bool in_login = error.domain == MONGOC_ERROR_SCRAM || error.domain == MONGOC_ERROR_SASL ||
                          (error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE);
    if (in_login || is_login_refusal(answer)) throw login_refused(username_, said);
    if (from_server) throw refusal(request, answer, std::move(said));
    if (error.code == MONGOC_ERROR_PROTOCOL_BAD_WIRE_VERSION) throw UnknownVersion{std::move(said)};
    throw Error(ErrorCode::io, wire_.peer() + ": " + said, true);
  }

  std::string username_;
  MongoWire wire_;
  Owned<mongoc_client_t> client_;
};

}  // namespace

std::unique_ptr<DatabaseSession> open_mongo_session(const DatabaseLogin& login, const MongoSessionOptions& options, Job* job) {
  start_driver();
  const HostAndPort address = parse_address(login.address);
  const MongoWireOptions wire{address.host, address.port, options.tls, login.ca_cert, options.connect_timeout};
  auto session = std::make_unique<MongoSession>(login, wire, options);
  try {
    session->open(job);
  } catch (const UnknownVersion&) {
    session.reset();
    return open_old_mongo_session(login, wire, options, job);
  }
  return session;
}

}  // namespace jujubackup::database
