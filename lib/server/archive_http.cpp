#include "server/archive_http.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "controller/rpc.hpp"
#include "controller/wire_fields.hpp"
#include "controller/wire_metadata.hpp"
#include "io/read_ahead.hpp"
#include "server/multipart.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 18;
constexpr std::size_t max_arguments_bytes = std::size_t{64} << 10;
constexpr std::size_t max_metadata_bytes = std::size_t{1} << 20;
constexpr std::size_t max_shown = 300;
constexpr int max_depth = 16;
constexpr std::size_t max_values = 10'000;

std::string shown(std::string_view text) { return go_quote(text.substr(0, max_shown)); }

std::string json_error(const std::string& message, const std::string& code) {
  return write_json(Value::Object{{"message", message}, {"code", code}});
}

int status_of(const std::string& code) {
  if (code == "not found" || code == "model not found") return 404;
  if (code == "unauthorized access") return 401;
  if (code == "method not allowed") return 405;
  return 500;
}

HttpFields challenge() { return {{"WWW-Authenticate", "Basic realm=\"juju\""}}; }

// The body of an upload's second part.
class PartSource final : public Source {
 public:
  PartSource(MultipartReader& reader, std::optional<std::uint64_t> size, std::uint64_t& bytes)
      : reader_(reader), size_(size), bytes_(bytes) {}
  std::size_t read(std::span<std::byte> into) override {
    const std::size_t got = reader_.read(into);
    bytes_ += got;
    return got;
  }
  void rewind() override { throw Error(ErrorCode::unsupported, name() + ": cannot be read a second time"); }
  std::optional<std::uint64_t> size() const override { return size_; }
  std::string name() const override { return "the uploaded archive"; }

 private:
  MultipartReader& reader_;
  std::optional<std::uint64_t> size_;
  std::uint64_t& bytes_;
};

// Whose waiting another thread may end, and the connection is as good as before.
struct CancellableReading {
  explicit CancellableReading(TlsStream& from) : stream(from) { stream.set_job(&job); }
  CancellableReading(const CancellableReading&) = delete;
  CancellableReading& operator=(const CancellableReading&) = delete;
  ~CancellableReading() { stream.set_job(nullptr); }

  TlsStream& stream;
  Job job;
};

class Exchange {
 public:
  Exchange(Service& service, Connection& connection, HttpServer& http, const HttpRequest& request, const std::string& model_uuid)
      : service_(service), connection_(connection), http_(http), request_(request), model_uuid_(model_uuid), work_(connection) {}

  void run() {
    const std::string what = request_.method + " /model/.../backups";
    Event event{connection_.peer(), {}, what, {}};
    std::string failure;
    try {
      if (!work_) {
        outcome_ = "apiserver shutdown in progress";
        respond_text(http_, 503, outcome_);
      } else if (admitted()) {
        serve();
      }
    } catch (const Error& error) {
      // The connection: whatever else goes wrong was answered.
      outcome_ = error.what();
      log(event);
      throw;
    }
    log(event);
  }

 private:
  void log(Event& event) {
    if (user_ != nullptr) event.user = user_->name;
    event.outcome = outcome_;
    event.bytes = bytes_;
    service_.log.add(event);
  }

  bool modern() const { return service_.generation.era != Era::database; }

  // Who may do this, in the order of the release. What may not was answered.
  bool admitted() {
    const bool own_model = model_uuid_ == service_.facts.model_uuid;
    if (!modern() && !own_model) {
      refuse({"requested model " + shown(model_uuid_) + " is not the controller model", "unauthorized access"});
      return false;
    }
    const std::string why = authenticate();
    if (!why.empty()) {
      if (!modern()) {
        refuse({why, "unauthorized access"});
      } else {
        outcome_ = "authentication failed: " + why;
        respond_text(http_, 401, outcome_, challenge());
      }
      return false;
    }
    // Before 2.4 every user may.
    if (modern() && !user_->superuser) {
      outcome_ = "authorization failed: user " + user_->name + " is not a controller admin";
      respond_text(http_, 403, outcome_);
      return false;
    }
    if (!own_model) {
      refuse({"requested model is not the controller model", ""});
      return false;
    }
    return true;
  }

  // Why not; "" if `user_` is known.
  std::string authenticate() {
    constexpr std::string_view scheme = "basic ";
    const char* const wrong = "invalid entity name or password";
    const std::string* header = request_.fields.find("Authorization");
    if (header == nullptr) return "no credentials provided";
    if (!equal_ignoring_case(std::string_view(*header).substr(0, scheme.size()), scheme)) return wrong;
    const auto decoded = from_base64(std::string_view(*header).substr(scheme.size()));
    if (!decoded) return wrong;
    const std::string_view pair(reinterpret_cast<const char*>(decoded->data()), decoded->size());
    const std::size_t colon = pair.find(':');
    if (colon == std::string_view::npos) return wrong;
    if (colon + 1 == pair.size()) return "no credentials provided";
    user_ = service_.users.check(pair.substr(0, colon), pair.substr(colon + 1));
    return user_ == nullptr ? wrong : "";
  }

  void serve() {
    try {
      if (request_.method == "GET") return download();
      if (request_.method == "PUT" && service_.generation.keeps()) return upload();
      throw RpcError("unsupported method: " + shown(request_.method), "method not allowed");
    } catch (const RpcError& error) {
      refuse(error);
    } catch (const Error& error) {
      if (broken_ || error.code() == ErrorCode::cancelled) throw;
      refuse({error.what(), ""});
    }
  }

  // Bare, unlike the errors of other endpoints.
  void refuse(const RpcError& error) {
    outcome_ = error.wire_message();
    const int status = status_of(error.wire_code());
    HttpFields fields = status == 401 ? challenge() : HttpFields();
    fields.add("Content-Type", "application/json");
    http_.respond(status, fields, json_error(error.wire_message(), error.wire_code()));
  }

  // What goes wrong with the connection is not answered over it.
  template <typename F>
  auto over_the_wire(F work) {
    try {
      return work();
    } catch (const Error& error) {
      // Cancelled is what is not wanted any more; that says nothing of the connection.
      if (error.code() != ErrorCode::cancelled) broken_ = true;
      throw;
    }
  }
  std::size_t read_body(std::span<std::byte> into) {
    return over_the_wire([&] { return http_.read_body(into); });
  }

  void expect_type(const std::string& got, std::string_view wanted) const {
    if (got != wanted) throw RpcError("expected Content-Type " + shown(wanted) + ", got " + shown(got), "");
  }

  std::string arguments() {
    std::vector<std::byte> body(max_arguments_bytes + 1);
    std::size_t have = 0;
    while (const std::size_t got = read_body(std::span(body).subspan(have))) {
      have += got;
      if (have > max_arguments_bytes) throw RpcError("while reading request body: it is too long", "");
    }
    const std::string_view text(reinterpret_cast<const char*>(body.data()), have);
    try {
      return text_at(parse_json(text, {max_arguments_bytes, max_depth, max_values}), "id");
    } catch (const Error& error) {
      throw RpcError(std::string("while de-serializing args: ") + error.what(), "");
    }
  }

  void download() {
    const std::string* type = request_.fields.find("Content-Type");
    expect_type(type == nullptr ? "" : *type, "application/json");
    const Backups::Download found = service_.backups.open(arguments());

    HttpFields fields{{"Content-Type", "application/octet-stream"}};
    // Every release takes the text of the SHA-1 for bytes, and calls it SHA-256.
    if (!found.sha1_base64.empty()) fields.add("Digest", "SHA-256=" + to_base64(std::as_bytes(std::span(found.sha1_base64))));
    over_the_wire([&] { http_.start_response(200, fields); });
    std::vector<std::byte> buffer(buffer_bytes);
    outcome_ = "ok";
    for (;;) {
      std::size_t got = 0;
      try {
        work_.job()->check();
        got = found.source->read(buffer);
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        // It is too late for another status.
        outcome_ = error.what();
        const std::string text = json_error(outcome_, "");
        over_the_wire([&] { http_.write_body(std::as_bytes(std::span(text))); });
        break;
      }
      if (got == 0) break;
      over_the_wire([&] { http_.write_body(std::span(buffer).first(got)); });
      bytes_ += got;
    }
    const auto finish = [&] { over_the_wire([&] { http_.finish_response(); }); };
    if (outcome_ == "ok") {
      service_.backups.deliver(found, finish);
    } else {
      finish();
    }
  }

  Metadata sent_metadata(MultipartReader& reader) const {
    std::vector<std::byte> text(max_metadata_bytes + 1);
    std::size_t have = 0;
    while (const std::size_t got = reader.read(std::span(text).subspan(have))) {
      have += got;
      if (have > max_metadata_bytes) throw RpcError("while reading the metadata: it is too long", "");
    }
    const std::string_view json(reinterpret_cast<const char*>(text.data()), have);
    Metadata metadata;
    try {
      metadata = parse_wire_metadata(parse_json(json, {max_metadata_bytes, max_depth, max_values})).metadata;
    } catch (const Error& error) {
      throw RpcError(std::string("while de-serializing metadata: ") + error.what(), "");
    }
    if (!metadata.id.empty()) throw RpcError("got unexpected metadata ID", "");
    if (!metadata.stored.is_zero()) throw RpcError("got unexpected metadata \"Stored\" value", "");
    return metadata;
  }

  // Read, and decrypted, by a thread of its own, while this one looks into it and writes it down.
  std::unique_ptr<Source> ahead(std::unique_ptr<Source> body, Job& reading) {
    return std::make_unique<ReadAhead>(std::move(body), [&reading] { reading.cancel(); });
  }

  void upload() {
    const std::string* header = request_.fields.find("Content-Type");
    const MediaType type = parse_media_type(header == nullptr ? "" : *header);
    if (type.type.empty()) throw RpcError("while parsing content type header: mime: no media type", "");
    if (!type.type.starts_with("multipart/")) throw RpcError("expected multipart Content-Type, got " + shown(type.type), "");
    MultipartReader reader([this](std::span<std::byte> into) { return read_body(into); }, type.boundary);

    if (!reader.next_part()) throw RpcError("missing metadata", "");
    expect_type(reader.content_type(), "application/json");
    const Metadata metadata = sent_metadata(reader);
    if (!reader.next_part()) throw RpcError("missing archive", "");
    expect_type(reader.content_type(), "application/octet-stream");
    std::optional<std::uint64_t> size;
    if (metadata.size_bytes > 0) size = static_cast<std::uint64_t>(metadata.size_bytes);
    const std::string id = [&] {
      CancellableReading reading(http_.stream());
      return service_.backups.add(ahead(std::make_unique<PartSource>(reader, size, bytes_), reading.job), metadata, work_.job());
    }();
    outcome_ = "ok";
    http_.respond(200, {{"Content-Type", "application/json"}}, write_json(Value::Object{{"id", id}}));
  }

  Service& service_;
  Connection& connection_;
  HttpServer& http_;
  const HttpRequest& request_;
  const std::string& model_uuid_;
  Connection::Work work_;
  const User* user_ = nullptr;
  std::string outcome_;
  std::uint64_t bytes_ = 0;
  bool broken_ = false;
};

}  // namespace

void respond_text(HttpServer& http, int status, const std::string& text, HttpFields fields) {
  fields.add("Content-Type", "text/plain; charset=utf-8");
  fields.add("X-Content-Type-Options", "nosniff");
  http.respond(status, fields, text + "\n");
}

void serve_archive(Service& service, Connection& connection, HttpServer& http, const HttpRequest& request, const std::string& model_uuid) {
  Exchange(service, connection, http, request, model_uuid).run();
}

}  // namespace jujubackup
