// mongo_database for a test: JSON on a line of standard input says what to do, a line of JSON on standard output what came of it.
// {"do": "cancel"} is taken while another is at work.
#include <condition_variable>
#include <deque>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <jujubackup/database.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/restore.hpp>

#include "base/json.hpp"

namespace {

using jujubackup::Value;

std::string text(const Value& order, const char* key, const char* fallback = "") {
  const Value* value = order.find(key);
  return value != nullptr && value->string() != nullptr ? *value->string() : fallback;
}

std::int64_t number(const Value& order, const char* key, std::int64_t fallback) {
  const Value* value = order.find(key);
  return value != nullptr && value->integer() != nullptr ? *value->integer() : fallback;
}

bool flag(const Value& order, const char* key) {
  const Value* value = order.find(key);
  return value != nullptr && value->boolean() != nullptr && *value->boolean();
}

std::vector<std::string> texts(const Value& order, const char* key) {
  std::vector<std::string> all;
  const Value* value = order.find(key);
  if (value == nullptr || value->array() == nullptr) return all;
  for (const Value& each : *value->array()) all.push_back(*each.string());
  return all;
}

Value to_value(const jujubackup::DatabaseFacts& facts) {
  Value::Array members, machines, models, namespaces;
  for (const auto& member : facts.members) {
    members.emplace_back(Value::Object{{"address", member.address},
                                       {"state", member.state},
                                       {"machine", member.machine_id},
                                       {"healthy", member.healthy},
                                       {"self", member.self}});
  }
  for (const auto& host : facts.controller_hosts) {
    machines.emplace_back(Value::Object{{"id", host.machine_id}, {"address", host.address}, {"here", host.here}});
  }
  for (const auto& model : facts.models) models.emplace_back(model.name);
  for (const auto& name : facts.namespaces) namespaces.emplace_back(name);
  return Value::Object{{"mongo", facts.mongo_version},
                       {"set", facts.replica_set},
                       {"members", members},
                       {"juju", facts.has_juju},
                       {"controller", facts.controller_uuid},
                       {"model", facts.controller_model_uuid},
                       {"version", facts.version.to_string()},
                       {"instance", facts.instance_id},
                       {"machines", machines},
                       {"models", models},
                       {"others", facts.other_machines},
                       {"namespaces", namespaces}};
}

class Tool {
 public:
  std::string obey(const Value& order, jujubackup::Job& job) {
    const std::string what = text(order, "do");
    if (what == "connect") {
      jujubackup::MongoDatabaseOptions options;
      options.place.root = text(order, "root", "/");
      options.host = text(order, "host", "localhost");
      options.tls = flag(order, "tls");
      options.timeout = std::chrono::milliseconds(number(order, "timeout_ms", 10'000));
      database_ = jujubackup::mongo_database(options);
    } else if (what == "open") {
      session_.reset();
      session_ = database_->open({text(order, "address"), text(order, "username"), text(order, "password"), text(order, "ca")}, &job);
    } else if (what == "run") {
      if (session_ == nullptr) throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument, "nothing is open");
      // As it came, without a writer of ours in between.
      return R"({"answer": )" + session_->run(text(order, "database"), text(order, "command"), &job) + "}";
    } else if (what == "facts") {
      return write_json(Value(Value::Object{{"facts", to_value(database_->facts(&job))}}));
    } else {
      jujubackup::MongoToolCall call;
      call.program = text(order, "program");
      call.arguments = texts(order, "arguments");
      call.password = text(order, "password");
      call.directory = text(order, "directory");
      call.namespaces = texts(order, "namespaces");
      call.log_path = text(order, "log");
      call.timeout = std::chrono::seconds(number(order, "timeout", 0));
      what == "dump" ? database_->dump(call, &job) : database_->restore(call, &job);
    }
    return R"({"done": true})";
  }

 private:
  std::unique_ptr<jujubackup::Database> database_;
  std::unique_ptr<jujubackup::DatabaseSession> session_;
};

// Orders in their order, and the job of the one at work for whoever cancels it.
class Orders {
 public:
  void read(std::istream& in) {
    std::string line;
    while (std::getline(in, line)) {
      const std::lock_guard lock(mutex_);
      if (line.find(R"("do": "cancel")") != std::string::npos) {
        job_->cancel();
      } else {
        lines_.push_back(line);
        changed_.notify_one();
      }
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_one();
  }
  bool next(std::string& line, jujubackup::Job*& job) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_ || !lines_.empty(); });
    if (lines_.empty()) return false;
    line = std::move(lines_.front());
    lines_.pop_front();
    job_ = std::make_unique<jujubackup::Job>();
    job = job_.get();
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  std::unique_ptr<jujubackup::Job> job_ = std::make_unique<jujubackup::Job>();
  bool ended_ = false;
};

}  // namespace

int main() {
  Orders orders;
  std::thread reader([&] { orders.read(std::cin); });
  {
    Tool tool;
    std::string line;
    jujubackup::Job* job = nullptr;
    while (orders.next(line, job)) {
      try {
        std::cout << tool.obey(jujubackup::parse_json(line, {std::size_t{64} << 20, 250}), *job) << std::endl;
      } catch (const jujubackup::Error& error) {
        const Value::Object said{
            {"error", std::string(name_of(error.code()))}, {"message", std::string(error.what())}, {"retry", error.retry_may_help()}};
        std::cout << write_json(Value(said)) << std::endl;
      }
    }
  }
  reader.join();
  return 0;
}
