#include "database/old_mongo_session.hpp"

#include <mongoc/mongoc.h>

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "database/mongo_document.hpp"
#include "database/scram.hpp"

namespace jujubackup::database {
namespace {

constexpr std::int32_t op_reply = 1;
constexpr std::int32_t op_query = 2004;
constexpr std::int32_t also_from_a_secondary = 4;  // a flag
constexpr std::size_t header_bytes = 16;
constexpr std::size_t reply_bytes = 36;  // up to its document
constexpr std::int32_t max_reply_bytes = std::int32_t{48} << 20;
constexpr std::int64_t first_wire_version = 4;  // mongod 3.2: the first that has find as a command
constexpr std::int64_t last_wire_version = 5;   // mongod 3.4
constexpr int max_login_steps = 4;

struct Destroy {
  void operator()(mongoc_stream_t* stream) const noexcept { mongoc_stream_destroy(stream); }
};

// As MongoDB's wire protocol has them, whatever this machine does.
void put(std::vector<std::uint8_t>& into, std::int32_t value) {
  for (int shift = 0; shift < 32; shift += 8) into.push_back(static_cast<std::uint8_t>(static_cast<std::uint32_t>(value) >> shift));
}
std::int32_t get(const std::uint8_t* from) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | from[i];
  return static_cast<std::int32_t>(value);
}

class OldMongoSession final : public DatabaseSession {
 public:
  OldMongoSession(const DatabaseLogin& login, MongoWireOptions wire, const MongoSessionOptions& options)
      : username_(login.username),
        password_(login.password),
        connect_timeout_ms_(static_cast<std::int32_t>(options.connect_timeout.count())),
        answer_timeout_ms_(static_cast<std::int32_t>(options.answer_timeout.count())),
        timeout_ms_(answer_timeout_ms_),
        wire_(std::move(wire)) {}

  std::string run(std::string_view database, std::string_view command, Job* job) override {
    job_check(job);
    Document request;
    parse_command(command, request);
    connect(job);
    Document answer;
    ask(std::string(database), request.get(), answer, job);
    if (!is_ok(answer.get())) throw refusal(request.get(), answer.get(), said_by(answer.get()));
    return to_canonical_json(answer.get());
  }

  void connect(Job* job) {
    if (stream_) return;
    wire_.begin(job);
    stream_.reset(wire_.connect());
    job_check(job);
    if (!stream_) throw Error(*wire_.failure());
    timeout_ms_ = connect_timeout_ms_;
    try {
      check_version(job);
      log_in(job);
      timeout_ms_ = answer_timeout_ms_;
    } catch (...) {
      stream_.reset();
      throw;
    }
  }

 private:
  static std::string said_by(const bson_t* answer) {
    const std::string text = text_in(answer, "errmsg");
    return text.empty() ? "no reason given" : printable(std::string_view(text).substr(0, 500));
  }

  void check_version(Job* job) {
    Document hello;
    Document answer;
    bson_append_int32(hello.get(), "isMaster", -1, 1);
    ask("admin", hello.get(), answer, job);
    const std::int64_t version = integer_in(answer.get(), "maxWireVersion");
    if (version < first_wire_version || version > last_wire_version) {
      throw Error(ErrorCode::unsupported, "mongod at " + wire_.peer() + " is of a version (wire version " + std::to_string(version) +
                                              ") that can only be asked with its own tools");
    }
  }

  void log_in(Job* job) {
    if (username_.empty()) return;
    ScramClient scram(username_, password_, random_nonce());
    Document start;
    bson_append_int32(start.get(), "saslStart", -1, 1);
    bson_append_utf8(start.get(), "mechanism", -1, "SCRAM-SHA-1", -1);
    append_payload(start.get(), scram.first());
    Document answer;
    ask_to_log_in(start.get(), answer, job);
    const std::int64_t conversation = integer_in(answer.get(), "conversationId");
    std::string ours = scram.final_for(payload_of(answer.get()));
    bool checked = false;
    for (int step = 0; step < max_login_steps; ++step) {
      Document next;
      bson_append_int32(next.get(), "saslContinue", -1, 1);
      bson_append_int64(next.get(), "conversationId", -1, conversation);
      append_payload(next.get(), std::exchange(ours, {}));
      ask_to_log_in(next.get(), answer, job);
      if (!std::exchange(checked, true)) scram.check(payload_of(answer.get()));
      bson_iter_t done;
      if (bson_iter_init_find(&done, answer.get(), "done") && bson_iter_as_bool(&done)) return;
    }
    throw Error(ErrorCode::corrupt, "the database does not come to an end of the login");
  }

  static void append_payload(bson_t* document, const std::string& text) {
    bson_append_binary(document, "payload", -1, BSON_SUBTYPE_BINARY, reinterpret_cast<const std::uint8_t*>(text.data()),
                       static_cast<std::uint32_t>(text.size()));
  }

  static std::string payload_of(const bson_t* document) {
    bson_iter_t field;
    if (!bson_iter_init_find(&field, document, "payload") || !BSON_ITER_HOLDS_BINARY(&field)) return "";
    const std::uint8_t* bytes = nullptr;
    std::uint32_t length = 0;
    bson_iter_binary(&field, nullptr, &length, &bytes);
    return {reinterpret_cast<const char*>(bytes), length};
  }

  void ask_to_log_in(const bson_t* request, Document& answer, Job* job) {
    ask("admin", request, answer, job);
    if (is_ok(answer.get())) return;
    if (is_login_refusal(answer.get())) throw login_refused(username_, said_by(answer.get()));
    throw refusal(request, answer.get(), said_by(answer.get()));
  }

  // One command and its answer, whatever that says. The connection is given up if either did not go through.
  void ask(const std::string& database, const bson_t* request, Document& answer, Job* job) {
    wire_.begin(job);
    try {
      send(database + ".$cmd", request);
      receive(answer);
    } catch (...) {
      stream_.reset();
      job_check(job);
      if (wire_.failure()) throw Error(*wire_.failure());
      throw;
    }
  }

  void send(const std::string& collection, const bson_t* request) {
    const std::size_t size = header_bytes + 4 + collection.size() + 1 + 8 + request->len;
    std::vector<std::uint8_t> message;
    message.reserve(size);
    put(message, static_cast<std::int32_t>(size));
    put(message, ++request_id_);
    put(message, 0);
    put(message, op_query);
    put(message, also_from_a_secondary);
    message.insert(message.end(), collection.begin(), collection.end());
    message.push_back(0);
    put(message, 0);   // to skip
    put(message, -1);  // one document
    const std::uint8_t* bytes = bson_get_data(request);
    message.insert(message.end(), bytes, bytes + request->len);
    const ssize_t sent = mongoc_stream_write(stream_.get(), message.data(), message.size(), timeout_ms_);
    if (sent != static_cast<ssize_t>(message.size())) fail_to_talk();
  }

  void receive(Document& answer) {
    std::array<std::uint8_t, reply_bytes> head{};
    read(head.data(), head.size());
    const std::int32_t size = get(head.data());
    const bool sound = get(head.data() + 8) == request_id_ && get(head.data() + 12) == op_reply && get(head.data() + 32) == 1 &&
                       size > static_cast<std::int32_t>(reply_bytes);
    if (!sound) throw Error(ErrorCode::corrupt, wire_.peer() + " does not answer as mongod does");
    if (size > max_reply_bytes) throw Error(ErrorCode::limit, wire_.peer() + " answers with more than 48 MiB");
    std::vector<std::uint8_t> body(static_cast<std::size_t>(size) - reply_bytes);
    read(body.data(), body.size());
    bson_t document;
    if (!bson_init_static(&document, body.data(), body.size()) || !bson_validate(&document, BSON_VALIDATE_NONE, nullptr)) {
      throw Error(ErrorCode::corrupt, wire_.peer() + " answers with what is no BSON");
    }
    bson_copy_to(&document, answer.emptied());
  }

  void read(std::uint8_t* into, std::size_t count) {
    const ssize_t got = mongoc_stream_read(stream_.get(), into, count, count, timeout_ms_);
    if (got != static_cast<ssize_t>(count)) fail_to_talk();
  }

  [[noreturn]] void fail_to_talk() const { throw Error(ErrorCode::io, "the connection with " + wire_.peer() + " was lost", true); }

  std::string username_, password_;  // kept for when the connection is lost
  std::int32_t connect_timeout_ms_, answer_timeout_ms_;
  std::int32_t timeout_ms_;  // of the two the one that is in force
  std::int32_t request_id_ = 0;
  MongoWire wire_;
  std::unique_ptr<mongoc_stream_t, Destroy> stream_;
};

}  // namespace

std::unique_ptr<DatabaseSession> open_old_mongo_session(const DatabaseLogin& login, const MongoWireOptions& wire,
                                                        const MongoSessionOptions& options, Job* job) {
  auto session = std::make_unique<OldMongoSession>(login, wire, options);
  session->connect(job);
  return session;
}

}  // namespace jujubackup::database
