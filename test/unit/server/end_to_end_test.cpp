// The whole server over 127.0.0.1, with the client side of net/ as its peer.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>

#include <jujubackup/archive.hpp>
#include <jujubackup/client.hpp>
#include <jujubackup/server.hpp>
#include <jujubackup/store.hpp>

#include "../machine/controller_root.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/yaml.hpp"
#include "crypto/digest.hpp"
#include "io/walk.hpp"
#include "net/http.hpp"
#include "test_support.hpp"

using namespace jujubackup;
using test::error_of;
using test::Scratch;

namespace {

// Bytes whose length is not told.
class Unsized final : public Source {
 public:
  explicit Unsized(std::string text) : text_(std::move(text)) {}
  std::size_t read(std::span<std::byte> into) override {
    const std::size_t bytes = std::min(into.size(), text_.size() - at_);
    std::copy_n(test::bytes_of(text_).data() + at_, bytes, into.data());
    at_ += bytes;
    return bytes;
  }
  void rewind() override { at_ = 0; }
  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  std::string name() const override { return "text"; }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

struct Answer {
  int status = 0;
  HttpFields fields;
  std::string body;
  std::string field(const char* name) const {
    const std::string* value = fields.find(name);
    return value == nullptr ? "" : *value;
  }
};

class Running {
 public:
  explicit Running(const std::string& version, const std::function<void(ServerOptions&)>& change = {}) {
    test::ControllerRoot root;
    root.version = version;
    test::make_controller_root(scratch / "root", root);
    ServerOptions options;
    options.address = "127.0.0.1:0";
    options.state_dir = scratch / "state";
    options.version = JujuVersion::parse(version);
    options.users = {{"admin", "secret", true}, {"bob", "other", false}};
    options.create.emplace();
    options.create->place.root = scratch / "root";
    options.create->dump_dir = test::data_path("dump");
    options.create->check_space = false;
    options.log = [this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      log_ += std::string(line) + "\n";
    };
    if (change) change(options);
    server.emplace(Server::start(options));
  }

  std::unique_ptr<TlsStream> dialled() const {
    DialOptions options;
    options.endpoints = {parse_endpoint(server->address())};
    options.ca_cert = server->ca_cert();
    return dial(options, nullptr).stream;
  }
  std::string archive_url() const { return "/model/" + server->model_uuid() + "/backups"; }

  Answer ask(HttpRequest request, const std::string* body = nullptr) const {
    const auto client = make_http_client(dialled(), "juju-apiserver");
    Unsized source(body == nullptr ? "" : *body);
    const HttpResponse response = client->exchange(request, body == nullptr ? nullptr : &source);
    Answer answer{response.status, response.fields, ""};
    std::vector<std::byte> buffer(100'000);
    while (const std::size_t got = client->read_body(buffer)) answer.body += test::text_of(std::span(buffer).first(got));
    return answer;
  }
  static std::string basic(const std::string& pair) { return "Basic " + to_base64(test::bytes_of(pair)); }
  Answer get(const std::string& id, const std::string& pair = "user-admin:secret") const {
    const std::string body = write_json(Value::Object{{"id", id}});
    return ask({"GET", archive_url(), {{"Authorization", basic(pair)}, {"Content-Type", "application/json"}}}, &body);
  }

  static std::string form(const std::string& metadata, const std::string& archive, const char* first = "application/json",
                          const char* second = "application/octet-stream") {
    std::string body =
        std::string("--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\nContent-Type: ") + first + "\r\n\r\n" + metadata;
    body +=
        std::string("\r\n--b\r\nContent-Disposition: form-data; name=\"attached\"; filename=\"x\"\r\nContent-Type: ") + second + "\r\n\r\n";
    return body + archive + "\r\n--b--\r\n";
  }
  Answer put(const std::string& body, const std::string& type = "multipart/form-data; boundary=b") const {
    return ask({"PUT", archive_url(), {{"Authorization", basic("user-admin:secret")}, {"Content-Type", type}}}, &body);
  }

  // Whether the log has it so far.
  bool logged(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    return log_.find(text) != std::string::npos;
  }

  Scratch scratch;

 private:
  mutable std::mutex mutex_;
  std::string log_;

 public:
  std::optional<Server> server;  // last: writes to the log as long as it lives
};

// A client's session on the API.
class Api {
 public:
  Api(const Running& running, const std::string& target) {
    WebSocketOptions options;
    socket_ = open_websocket(running.dialled(), "juju-apiserver", {"GET", target, {}}, options);
  }
  // Logged in to the controller model as the admin.
  explicit Api(const Running& running) : Api(running, "/model/" + running.server->model_uuid() + "/api") {
    REQUIRE(call("Admin", 3, "Login", R"({"auth-tag":"user-admin","credentials":"secret"})").find("response") != nullptr);
  }
  void send(const std::string& text) { socket_->send(text); }
  void send(const char* type, int version, const char* method, const std::string& params = "{}") {
    send(write_json(
        Value::Object{{"request-id", ++last_}, {"type", type}, {"version", version}, {"request", method}, {"params", parse_json(params)}}));
  }
  std::optional<std::string> receive() { return socket_->receive(); }
  Value call(const char* type, int version, const char* method, const std::string& params = "{}") {
    send(type, version, method, params);
    const auto text = receive();
    if (!text) throw std::runtime_error("the server closed the connection");
    Value reply = parse_json(*text);
    REQUIRE(static_cast<std::int64_t>(last_) == *reply.find("request-id")->integer());
    return reply;
  }
  Value result(const char* type, int version, const char* method, const std::string& params = "{}") {
    const Value reply = call(type, version, method, params);
    INFO(write_json(reply));
    REQUIRE(reply.find("error") == nullptr);
    return *reply.find("response");
  }
  WebSocket& socket() { return *socket_; }

 private:
  std::unique_ptr<WebSocket> socket_;
  int last_ = 0;
};

std::string text(const Value& value, const char* key) {
  const Value* found = value.find(key);
  return found == nullptr || found->string() == nullptr ? "" : *found->string();
}

std::string sha1_of(const std::string& bytes) {
  Digest digest(Digest::Kind::sha1);
  digest.update(test::bytes_of(bytes));
  return digest.finish_base64();
}

std::string digest_header(const std::string& sha1) { return "SHA-256=" + to_base64(test::bytes_of(sha1)); }

std::string message_of(const Answer& answer) { return text(parse_json(answer.body), "message"); }

std::string upload_metadata(Value made) {
  Value::Object sent;
  for (const auto& [key, value] : *made.object()) {
    if (key == "id")
      sent.emplace_back(key, "");
    else if (key == "stored")
      sent.emplace_back(key, "0001-01-01T00:00:00Z");
    else
      sent.emplace_back(key, value);
  }
  return write_json(sent);
}

}  // namespace

TEST_CASE("create, list, show, download, upload to another, remove: releases that keep backups") {
  for (const char* version : {"2.0.0", "2.9.21"}) {
    INFO(version);
    const Running running(version), second(version, [](ServerOptions&options) { options.create.reset(); });
    const bool old = std::string(version) == "2.0.0";
    const int facade = old ? 1 : 2;
    Api api(running);
    CHECK(running.server->model_uuid() == test::model_uuid);
    const Value made = api.result("Backups", facade, "Create", R"({"notes":"n","keep-copy":true,"no-download":true})");
    const std::string id = text(made, "id");
    REQUIRE_FALSE(id.empty());
    CHECK(api.result("Backups", facade, "List").find("list")->array()->size() == 1);
    CHECK(text(api.result("Backups", facade, "Info", "{\"id\":\"" + id + "\"}"), "notes") == "n");

    const Answer archive = running.get(id);
    CHECK(archive.status == 200);
    CHECK(archive.field("Content-Type") == "application/octet-stream");
    CHECK(archive.field("Content-Length") == "");
    CHECK(archive.field("Digest") == digest_header(text(made, "checksum")));
    CHECK(sha1_of(archive.body) == text(made, "checksum"));
    CHECK(Archive::open(source_of_memory(test::bytes_of(archive.body), "x")).verify().verdict() == Verdict::ok);
    CHECK(running.get(id).status == 200);

    const Answer uploaded = second.put(Running::form(upload_metadata(made), archive.body));
    CHECK(uploaded.body == "{\"id\":\"" + id + "\"}");
    CHECK(uploaded.status == 200);
    CHECK(second.get(id).body == archive.body);
    const Answer again = second.put(Running::form(upload_metadata(made), archive.body));
    CHECK(again.status == 500);
    CHECK(again.body == write_json(Value::Object{{"message", "while storing backup archive: backup metadata \"" + id + "\" already exists"},
                                                 {"code", "already exists"}}));

    CHECK(write_json(api.result("Backups", facade, "Remove", old ? "{\"id\":\"" + id + "\"}" : "{\"ids\":[\"" + id + "\"]}")) ==
          (old ? "{}" : "{\"results\":[{}]}"));
    const Answer gone = running.get(id);
    CHECK(gone.status == 404);
    CHECK(gone.body == write_json(Value::Object{{"message", "backup metadata \"" + id + "\" not found"}, {"code", "not found"}}));
  }
}

TEST_CASE("create and the one download") {
  for (const char* version : {"2.9.21", "2.9.42", "3.6.4"}) {
    INFO(version);
    const Running running(version);
    Api api(running);
    const Value made = api.result("Backups", std::string(version) == "2.9.21" ? 2 : 3, "Create", R"({"notes":"n"})");
    const std::string path = text(made, "filename");
    REQUIRE(std::filesystem::exists(path));
    {
      // Who may not have it does not use it up.
      const auto client = make_http_client(running.dialled(), "juju-apiserver");
      Unsized body(write_json(Value::Object{{"id", path}}));
      const HttpRequest request{
          "GET", running.archive_url(), {{"Authorization", Running::basic("user-admin:other")}, {"Content-Type", "application/json"}}};
      CHECK(client->exchange(request, &body).status == 401);
    }
    CHECK(std::filesystem::exists(path));
    const Answer archive = running.get(path);
    CHECK(archive.status == 200);
    CHECK(archive.field("Digest") == digest_header(text(made, "checksum")));
    CHECK(sha1_of(archive.body) == text(made, "checksum"));
    const Answer second = running.get(path);
    CHECK(second.status == 500);
    CHECK(message_of(second).starts_with("while opening archive file for download: "));
    CHECK_FALSE(std::filesystem::exists(path));
  }
}

TEST_CASE("a download that breaks off does not use the archive up") {
  Running running("3.6.4");
  // More than the system's buffers take of a connection that nobody reads.
  std::string noise(std::size_t{32} << 20, '\0');
  std::mt19937_64 random;
  for (std::size_t at = 0; at < noise.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t number = random();
    std::memcpy(noise.data() + at, &number, sizeof number);
  }
  test::write_file(running.scratch / "root/var/lib/juju/init/noise", noise);
  std::string path;
  {
    Api api(running);
    path = text(api.result("Backups", 3, "Create", R"({"notes":""})"), "filename");
  }
  {
    const auto client = make_http_client(running.dialled(), "juju-apiserver");
    Unsized body(write_json(Value::Object{{"id", path}}));
    const HttpRequest request{
        "GET", running.archive_url(), {{"Authorization", Running::basic("user-admin:secret")}, {"Content-Type", "application/json"}}};
    CHECK(client->exchange(request, &body).status == 200);
    std::byte first{};
    CHECK(client->read_body(std::span(&first, 1)) == 1);
  }
  running.server->stop(std::chrono::hours(1));
  CHECK(look_at(path).size_bytes > noise.size());
}

TEST_CASE("4.0 has nothing") {
  const Running running("4.0.15");
  Api api(running);
  const Value reply = api.call("Backups", 3, "Create", R"({"notes":""})");
  CHECK(text(reply, "error") == "Dqlite-based backups not implemented");
  CHECK(text(reply, "error-code") == "not implemented");
  CHECK(reply.find("response")->object()->empty());
  const Answer answer = running.get("x");
  CHECK(answer.status == 404);
  CHECK(answer.body == "404 page not found\n");
  api.send(R"({"RequestId":1,"Type":"Pinger","Version":1,"Request":"Ping"})");
  CHECK_FALSE(api.receive());
}

TEST_CASE("refusals of the archive endpoint") {
  struct Case {
    const char *version, *method, *who, *model, *type;
    int status;
    const char *body_type, *body;
  };
  const char* const json = "application/json";
  const char* const plain = "text/plain; charset=utf-8";
  const char* const other = "bda3b637-7972-47f7-87fd-a3f2d0c748a5";
  const Case cases[] = {
      {"2.0.0", "GET", nullptr, nullptr, json, 401, json, R"({"message":"no credentials provided","code":"unauthorized access"})"},
      {"2.0.0", "GET", "user-admin:wrong", nullptr, json, 401, json,
       R"({"message":"invalid entity name or password","code":"unauthorized access"})"},
      {"2.0.0", "GET", nullptr, other, json, 401, json,
       R"({"message":"requested model \"bda3b637-7972-47f7-87fd-a3f2d0c748a5\" is not the controller model","code":"unauthorized access"})"},
      {"2.0.0", "GET", "user-bob:other", nullptr, json, 404, json, R"({"message":"backup metadata \"x\" not found","code":"not found"})"},
      {"2.0.0", "POST", "user-bob:other", nullptr, json, 405, json,
       R"({"message":"unsupported method: \"POST\"","code":"method not allowed"})"},
      {"2.9.21", "GET", nullptr, nullptr, json, 401, plain, "authentication failed: no credentials provided\n"},
      {"2.9.21", "GET", "admin:secret", nullptr, json, 401, plain, "authentication failed: invalid entity name or password\n"},
      {"2.9.21", "GET", "user-bob:other", other, json, 403, plain, "authorization failed: user bob is not a controller admin\n"},
      {"2.9.21", "GET", "user-admin:secret", other, json, 500, json,
       R"({"message":"requested model is not the controller model","code":""})"},
      {"2.9.21", "GET", "user-admin:secret", "x", json, 400, plain, "invalid model UUID \"x\"\n"},
      {"2.9.21", "GET", "user-admin:secret", nullptr, "application/json; charset=utf-8", 500, json,
       R"({"message":"expected Content-Type \"application/json\", got \"application/json; charset=utf-8\"","code":""})"},
      {"2.9.21", "PUT", "user-admin:secret", nullptr, json, 500, json,
       R"({"message":"expected multipart Content-Type, got \"application/json\"","code":""})"},
      {"2.9.42", "PUT", "user-admin:secret", nullptr, json, 405, json,
       R"({"message":"unsupported method: \"PUT\"","code":"method not allowed"})"},
      {"2.9.42", "GET", "user-admin:secret", nullptr, json, 500, json, R"({"message":"backup file \"x\" not valid","code":"not valid"})"},
  };
  for (const char* version : {"2.0.0", "2.9.21", "2.9.42"}) {
    const Running running(version);
    for (const Case& c : cases) {
      if (std::string(c.version) != version) continue;
      INFO(version << " " << c.method << " " << (c.who == nullptr ? "nobody" : c.who) << " " << c.body);
      HttpRequest request{c.method, c.model == nullptr ? running.archive_url() : std::string("/model/") + c.model + "/backups", {}};
      request.fields.add("Content-Type", c.type);
      if (c.who != nullptr) request.fields.add("Authorization", Running::basic(c.who));
      const std::string body = R"({"id":"x"})";
      const Answer answer = running.ask(request, &body);
      CHECK(answer.status == c.status);
      CHECK(answer.field("Content-Type") == c.body_type);
      CHECK(answer.body == c.body);
      CHECK((answer.field("WWW-Authenticate") == "Basic realm=\"juju\"") == (c.status == 401));
    }
    CHECK_FALSE(running.logged("secret"));
    CHECK_FALSE(running.logged(Running::basic("user-admin:secret").substr(6)));
  }
}

TEST_CASE("uploads that are refused leave nothing") {
  const Running running("2.9.21");
  Api api(running);
  const Value made = api.result("Backups", 2, "Create", R"({"notes":"n"})");
  const std::string archive = running.get(text(made, "filename")).body;
  const std::string good = upload_metadata(made);
  const auto with = [&](const char* key, Value value) {
    Value::Object changed;
    const Value parsed = parse_json(good);
    for (const auto& [name, old] : *parsed.object()) changed.emplace_back(name, name == key ? value : old);
    return write_json(changed);
  };
  std::string damaged = archive;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  struct Case {
    const char* name;
    std::string body;
    std::string message;
  };
  const std::string stored = "while storing backup archive: ";
  const Case cases[] = {
      {"no parts", "--b--", "missing metadata"},
      {"one part", "--b\r\nContent-Type: application/json\r\n\r\n" + good + "\r\n--b--", "missing archive"},
      {"first type", Running::form(good, archive, "text/plain"), "expected Content-Type \"application/json\", got \"text/plain\""},
      {"second type", Running::form(good, archive, "application/json", "x/y"),
       "expected Content-Type \"application/octet-stream\", got \"x/y\""},
      {"an ID", Running::form(with("id", "x"), archive), "got unexpected metadata ID"},
      {"a stored time", Running::form(with("stored", "2026-01-01T00:00:00Z"), archive), "got unexpected metadata \"Stored\" value"},
      {"no start", Running::form(with("started", "0001-01-01T00:00:00Z"), archive), stored + "missing Started"},
      {"no model", Running::form(with("model", ""), archive), stored + "missing Model"},
      {"no machine", Running::form(with("machine", ""), archive), stored + "missing Machine"},
      {"no host", Running::form(with("hostname", ""), archive), stored + "missing Hostname"},
      {"no version", Running::form(with("version", ""), archive), stored + "missing Version"},
      {"another size", Running::form(with("size", 17), archive), stored + "the uploaded archive"},
      {"another checksum", Running::form(with("checksum", sha1_of("")), archive), stored + "the uploaded archive: the bytes are not"},
      {"damaged", Running::form(with("checksum", ""), damaged), stored + "the uploaded archive does not verify"},
      {"empty", Running::form(with("size", 0), ""), stored},
      {"no JSON", Running::form("hello", archive), "while de-serializing metadata: "},
      {"long metadata", Running::form(std::string((1 << 20) + 5, ' '), archive), "while reading the metadata: it is too long"},
      {"broken off", Running::form(good, archive).substr(0, archive.size() / 2), stored + "multipart: the body ends inside of a part"},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    const Answer answer = running.put(c.body);
    INFO(answer.body);
    CHECK(answer.status == 500);
    CHECK(message_of(answer).starts_with(c.message));
    CHECK(api.result("Backups", 2, "List").find("list")->array()->empty());
  }
  CHECK(message_of(running.put("", "")) == "while parsing content type header: mime: no media type");
  // Nothing is left lying about, whatever it is called.
  if (std::filesystem::exists(running.scratch / "state/store")) {
    for (const auto& entry : std::filesystem::directory_iterator(running.scratch / "state/store")) {
      INFO(entry.path().string());
      CHECK(entry.path().filename().string().find("tmp") == std::string::npos);
      CHECK(entry.path().extension() != ".gz");
    }
  }
  CHECK(running.put(Running::form(good, archive)).status == 200);
}

TEST_CASE("a connection that breaks in an upload leaves nothing") {
  const Running running("2.9.21");
  Api api(running);
  {
    const auto stream = running.dialled();
    const std::string head =
        "PUT " + running.archive_url() + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + Running::basic("user-admin:secret") +
        "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n" +
        Running::form(R"({"started":"2026-01-01T00:00:00Z","model":"m","machine":"0","hostname":"h","version":"2.0.0"})", "xx");
    stream->write_some(test::bytes_of(head));
    stream->interrupt();
  }
  CHECK(api.result("Backups", 2, "List").find("list")->array()->empty());
}

TEST_CASE("what is damaged in the store is told at the end of the body") {
  const Running running("2.0.0");
  Api api(running);
  const std::string id = text(api.result("Backups", 1, "Create", R"({"notes":""})"), "id");
  const std::string path = running.scratch / ("state/store/juju-backup-" + id + ".tar.gz");
  std::string bytes = test::read_file(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  test::write_file(path, bytes);
  const Answer answer = running.get(id);
  CHECK(answer.status == 200);
  REQUIRE(answer.body.size() > bytes.size());
  CHECK(answer.body.substr(0, bytes.size()) == bytes);
  CHECK(text(parse_json(answer.body.substr(bytes.size())), "message").find("SHA-256") != std::string::npos);
}

TEST_CASE("sessions") {
  const Running running("2.9.21");
  SUBCASE("a second login, a failed one, a ping") {
    Api api(running, "/model/" + running.server->model_uuid() + "/api");
    const std::string wrong = R"({"auth-tag":"user-admin","credentials":"wrong"})",
                      right = R"({"auth-tag":"user-admin","credentials":"secret"})";
    CHECK(text(api.call("Admin", 3, "Login", wrong), "error") == "invalid entity name or password");
    CHECK(text(api.call("Pinger", 1, "Ping"), "error-code") == "not implemented");
    CHECK(text(api.call("Admin", 3, "Login", right), "error") == "");
    CHECK(text(api.call("Admin", 3, "Login", right), "error") == "already logged in");
    CHECK(write_json(api.result("Pinger", 1, "Ping")) == "{}");
    CHECK_FALSE(running.logged("wrong"));
    CHECK_FALSE(running.logged("\"secret\""));
  }
  SUBCASE("pings are answered while a backup is made") {
    Api api(running);
    api.send("Backups", 2, "Create", R"({"notes":"1"})");
    api.send("Backups", 2, "Create", R"({"notes":"2"})");  // waits for the first, and then for a second of its own
    for (int i = 0; i < 20; ++i) api.send("Pinger", 1, "Ping");
    std::vector<std::int64_t> order;
    for (int i = 0; i < 22; ++i) order.push_back(*parse_json(*api.receive()).find("request-id")->integer());
    CHECK(order.back() <= 3);  // one of the backups
    std::sort(order.begin(), order.end());
    CHECK(std::unique(order.begin(), order.end()) == order.end());
  }
  SUBCASE("a frame that is none ends it") {
    for (const char* frame : {"hello", "[]", "{\"request-id\":1}", "{\"request-id\":\"SECRET\"}"}) {
      Api api(running);
      api.send(frame);
      CHECK_FALSE(api.receive());
    }
    CHECK_FALSE(running.logged("SECRET"));
  }
  SUBCASE("a message beyond the limit ends it") {
    Api api(running);
    const auto ended = error_of([&] {
      api.send(std::string((1 << 20) + 1, ' '));
      if (!api.receive()) throw Error(ErrorCode::io, "closed");
    });
    CHECK(ended);
  }
  SUBCASE("the framing of 1.x") {
    Api api(running);
    api.send(R"({"RequestId":9,"Type":"Pinger","Version":1,"Request":"Ping","Params":{}})");
    CHECK(parse_json(*api.receive()).find("RequestId") != nullptr);
  }
  SUBCASE("no upgrade, another verb, health") {
    CHECK(running.ask({"GET", "/api", {}}).status == 400);
    CHECK(running.ask({"POST", "/api", {}}).status == 405);
    CHECK(running.ask({"GET", "/health", {}}).body == "running\n");
    CHECK(running.ask({"GET", "/nothing", {}}).body == "404 page not found\n");
    CHECK(running.ask({"GET", "/nothing?token=SECRET", {}}).status == 404);
    CHECK_FALSE(running.logged("SECRET"));
  }
}

TEST_CASE("many at once: logins, and downloads of one archive") {
  const Running running("2.9.21");
  std::string id, sha1;
  {
    Api api(running);
    const Value made = api.result("Backups", 2, "Create", R"({"notes":"n","keep-copy":true,"no-download":true})");
    id = text(made, "id");
    sha1 = text(made, "checksum");
  }
  std::atomic<int> good_logins = 0, good_downloads = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 10; ++i) {
    threads.emplace_back([&] {
      std::vector<std::unique_ptr<Api>> apis;
      for (int j = 0; j < 20; ++j) apis.push_back(std::make_unique<Api>(running, "/model/" + running.server->model_uuid() + "/api"));
      for (auto& api : apis) {
        api->send("Admin", 3, "Login", R"({"auth-tag":"user-admin","credentials":"secret"})");
        if (parse_json(*api->receive()).find("error") == nullptr) ++good_logins;
      }
    });
    threads.emplace_back([&] {
      for (int j = 0; j < 5; ++j) {
        const Answer answer = running.get(id);
        if (answer.status == 200 && sha1_of(answer.body) == sha1) ++good_downloads;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good_logins == 200);
  CHECK(good_downloads == 50);
}

TEST_CASE("more connections than allowed are closed") {
  const Running running("2.9.21", [](ServerOptions& options) { options.limits.connections = 2; });
  Api first(running), second(running);
  CHECK(error_of([&] { const Api third(running); }));
  CHECK(write_json(first.result("Pinger", 1, "Ping")) == "{}");
  CHECK(running.logged("too many connections"));
}

TEST_CASE("stopping") {
  Running running("2.9.21");
  SUBCASE("idle clients do not hold it up") {
    Api api(running);
    running.server->stop(std::chrono::hours(1));
    CHECK(error_of([&] {
      if (!api.receive()) throw Error(ErrorCode::io, "closed");
    }));
    CHECK(error_of([&] { running.dialled(); }));
    running.server->stop();
  }
  SUBCASE("a running call is finished and answered") {
    Api api(running);
    api.send("Backups", 2, "Create", R"({"notes":"1"})");
    api.send("Pinger", 1, "Ping");
    // The ping's answer says that the backup has begun, unless its own came before.
    bool answered = false;
    for (;;) {
      const Value reply = parse_json(*api.receive());
      if (*reply.find("request-id")->integer() == 3) break;
      answered = true;
    }
    running.server->stop(std::chrono::hours(1));
    const auto last = api.receive();
    CHECK(last.has_value() != answered);
    if (last) CHECK(parse_json(*last).find("error") == nullptr);
  }
  SUBCASE("without grace, a client that has not even shaken hands is cut") {
    const auto stream = running.dialled();
    running.server.reset();
    std::byte byte{};
    const auto ended = error_of([&] {
      if (stream->read_some(std::span(&byte, 1)) == 0) throw Error(ErrorCode::io, "closed");
    });
    CHECK(ended);
  }
}

TEST_CASE("a restart is the same controller") {
  const Scratch scratch;
  ServerOptions options;
  options.address = "127.0.0.1:0";
  options.state_dir = scratch / "state";
  options.users = {{"admin", "secret", true}};
  std::string model, controller, ca;
  for (int start = 0; start < 2; ++start) {
    const Server server = Server::start(options);
    if (start > 0) {
      CHECK(server.model_uuid() == model);
      CHECK(server.controller_uuid() == controller);
      CHECK(server.ca_cert() == ca);
    }
    model = server.model_uuid();
    controller = server.controller_uuid();
    ca = server.ca_cert();
  }
  options.version = JujuVersion::parse("1.25.0");
  CHECK(error_of([&] { Server::start(options); }));
}

TEST_CASE("a client directory") {
  const Running running("2.9.21");
  const std::string path = running.scratch / "deep/juju";
  running.server->write_client_dir(path, "mine", {"admin", "secret", true});
  for (const char* name : {"controllers.yaml", "accounts.yaml", "models.yaml"}) CHECK(look_at(join_path(path, name)).mode == 0600);
  CHECK((look_at(path).mode & 077) == 0);
  const Value controllers = parse_yaml(test::read_file(join_path(path, "controllers.yaml")));
  CHECK(text(controllers, "current-controller") == "mine");
  const Value& mine = *controllers.find("controllers")->find("mine");
  CHECK(text(mine, "uuid") == running.server->controller_uuid());
  CHECK(text(mine, "ca-cert") == running.server->ca_cert());
  CHECK(*mine.find("api-endpoints")->array()->front().string() == running.server->address());
  const Value accounts = parse_yaml(test::read_file(join_path(path, "accounts.yaml")));
  CHECK(text(*accounts.find("controllers")->find("mine"), "password") == "secret");
  const Value models = parse_yaml(test::read_file(join_path(path, "models.yaml")));
  CHECK(text(*models.find("controllers")->find("mine")->find("models")->find("admin/controller"), "uuid") == running.server->model_uuid());
  const auto error = error_of([&] { running.server->write_client_dir(path, "other", {"admin", "secret", true}); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::exists);
}
